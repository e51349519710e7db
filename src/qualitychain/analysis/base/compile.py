"""A chain as arrays, once: the only way from the model to the engine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from qualitychain.engine.network import network as net
from qualitychain.engine.network.network import Floats, Handoffs, Integers, Network, sums
from qualitychain.engine.quality.cycles import EndlessNeedsError
from qualitychain.engine.quality.flow import EndlessUnitsError
from qualitychain.engine.quality.scenarios import MOST_KEYS, EndlessRequestsError, Solution, solve_quality
from qualitychain.engine.quality.work import TooMuchWorkError
from qualitychain.errors import AnalysisError
from qualitychain.model.chain.chain import Chain
from qualitychain.model.records.handoff import Handoff, Inspection, defect_rate_of, transit_rate_of

_AFFECTS = {None: net.ON_UNIT, "unit": net.ON_UNIT, "inspection": net.ON_INSPECTION, "time": net.ON_TIME}
_NOT_INSPECTED = Inspection(0.0, on_reject="concession")


@dataclass(frozen=True)
class Compiled:
    """A chain and its arrays. Nodes are numbered suppliers first, then departments, then customers."""

    chain: Chain
    network: Network
    nodes: tuple[str, ...]
    flow_rows: Integers
    """Place in ``chain.handoffs`` of each flow handoff, shape (F,)."""
    pulled_rows: Integers
    """Place in ``chain.handoffs`` of each pulled handoff, shape (H,)."""
    keys: tuple[tuple[str, str], ...]
    """(giver, item) of each common cause."""
    release_rate: float
    """Units started per time unit, all suppliers together."""
    rate_assumed: bool
    """Whether the start rate is the assumed 1 of a single supplier without a rate."""

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the chain's handoffs."""
        return tuple(h.full_name for h in self.chain.handoffs)

    def incoming(self, solution: Solution) -> tuple[Floats, Floats]:
        """Units presented to each customer, and the nonconforming among them, per started unit, shape (K,) each."""
        column = self.network.absorbing[self.network.flow.receiver]
        incoming, count = column >= 0, len(self.network.customers)
        tally = solution.tally
        return sums(column[incoming], tally.presented[incoming], count), sums(
            column[incoming], tally.presented_bad[incoming], count
        )

    def solve(self, network: Network | None = None, *, work: bool = True) -> Solution:
        """The quality solution of the chain (or of a variant of its network), with errors in the chain's names.

        Raises
        ------
        AnalysisError
            When the question has no answer, in the names of the chain.
        """
        network = network or self.network
        if network.keys > MOST_KEYS:
            named = ", ".join(f"'{item}' from '{giver}'" for giver, item in self.keys[:20])
            raise AnalysisError(
                f"{network.keys} common causes make 2^{network.keys} scenarios; at most {MOST_KEYS} are exact. "
                f"Remove common_cause from some of: {named}"
            )
        try:
            return solve_quality(network, work=work)
        except EndlessNeedsError as error:
            raise AnalysisError(
                f"{self._named(error.nodes)} need each other once or more per request when redone draws are counted, "
                "so requests never end; lower per_unit, the defect rates or the rejections between them"
            ) from None
        except EndlessUnitsError as error:
            when = " when a common cause is bad: every redo uses it again and is rejected again" if network.keys else ""
            raise AnalysisError(
                f"units circulate for ever at {self._named(error.nodes)}{when}; lower detect or false_alarm below 1 "
                "there, or scrap or concede what is rejected"
            ) from None
        except TooMuchWorkError as error:
            raise AnalysisError(
                f"a started unit causes more work than can be counted at {self._named(error.nodes)}: needs multiply "
                "from one to the next; lower per_unit on the way there"
            ) from None
        except EndlessRequestsError as error:
            named = " and ".join(f"'{self.names[self.pulled_rows[h]]}'" for h in error.handoffs[:6])
            when = " when a common cause is bad" if network.keys else ""
            raise AnalysisError(
                f"requests through {named} are redone for ever{when}; lower detect or false_alarm below 1 there, "
                "or concede what is rejected"
            ) from None

    def _named(self, nodes: Integers) -> str:
        # scenarios of common causes are copies of the network, so a number may lie beyond its nodes
        names = dict.fromkeys(self.nodes[n % len(self.nodes)] for n in nodes)
        return " and ".join(f"'{name}'" for name in list(names)[:6])


def expect_chain(value: object, hint: str = "make one with qualitychain.Chain.from_dict") -> None:
    """Refuse what is no chain, saying what to do."""
    if not isinstance(value, Chain):
        raise TypeError(f"expected a Chain, got {type(value).__name__}; {hint}")


def compile_chain(chain: Chain) -> Compiled:
    """The arrays of a chain; time and memory grow linearly with nodes and handoffs."""
    expect_chain(chain)
    nodes = tuple(n.name for group in (chain.suppliers, chain.departments, chain.customers) for n in group)
    number = {name: i for i, name in enumerate(nodes)}
    flow = [i for i, h in enumerate(chain.handoffs) if not h.pulled]
    pulled, group, groups = _grouped(chain, number)
    givers = {chain.handoffs[i].supplier for i in flow}
    starting = [s for s in chain.suppliers if s.name in givers]
    assumed = len(starting) == 1 and starting[0].rate is None
    rates = np.zeros(len(nodes))
    for supplier in starting:
        rates[number[supplier.name]] = 1.0 if assumed else (supplier.rate or 0.0)
    keys, key = _keys(chain, pulled)
    per_unit = np.array([chain.handoffs[g[0]].per_unit or 0.0 for g in groups])
    network = Network(
        nodes=len(nodes),
        customers=np.array([number[c.name] for c in chain.customers], dtype=np.int64),
        start=rates / rates.sum(),
        flow=_handoffs([chain.handoffs[i] for i in flow], number),
        pulled=_handoffs([chain.handoffs[i] for i in pulled], number),
        group=group,
        key=key,
        group_receiver=np.array([number[chain.handoffs[g[0]].customer] for g in groups], dtype=np.int64),
        whole=np.floor(per_unit),
        part=per_unit - np.floor(per_unit),
        affects=np.array([_AFFECTS[chain.handoffs[g[0]].affects] for g in groups], dtype=np.int64),
        keys=len(keys),
    )
    return Compiled(
        chain,
        network,
        nodes,
        np.array(flow, dtype=np.int64),
        np.array(pulled, dtype=np.int64),
        keys,
        float(rates.sum()),
        assumed,
    )


def _grouped(chain: Chain, number: dict[str, int]) -> tuple[list[int], Integers, list[list[int]]]:
    """Pulled handoffs sorted by receiver and group, the group of each, and the groups."""
    groups: dict[tuple[int, str | None, int], list[int]] = {}
    for i, h in enumerate(chain.handoffs):
        if h.pulled:
            groups.setdefault((number[h.customer], h.item, -1 if h.item is not None else i), []).append(i)
    ordered = sorted(groups.items(), key=lambda entry: entry[0][0])
    pulled = [i for _, members in ordered for i in members]
    group = np.repeat(np.arange(len(ordered)), [len(m) for _, m in ordered]).astype(np.int64)
    return pulled, group, [members for _, members in ordered]


def _keys(chain: Chain, pulled: list[int]) -> tuple[tuple[tuple[str, str], ...], Integers]:
    keys: dict[tuple[str, str], int] = {}
    key = np.full(len(pulled), -1, dtype=np.int64)
    for row, i in enumerate(pulled):
        h = chain.handoffs[i]
        if h.common_cause is not None and h.item is not None:
            key[row] = keys.setdefault((h.supplier, h.item), len(keys))
    return tuple(keys), key


def _handoffs(handoffs: list[Handoff], number: dict[str, int]) -> Handoffs:
    checks = [h.inspection or _NOT_INSPECTED for h in handoffs]

    def floats(values: list[float]) -> Floats:
        return np.array(values, dtype=np.float64)

    giver = np.array([number[h.supplier] for h in handoffs], dtype=np.int64)
    return Handoffs(
        giver=giver,
        receiver=np.array([number[h.customer] for h in handoffs], dtype=np.int64),
        share=floats([1.0 if h.share is None else h.share for h in handoffs]),
        # a study takes out what rests on an unknown rate
        defect=floats([0.0 if h.rate_unknown else defect_rate_of(h) for h in handoffs]),
        transit=floats([transit_rate_of(h) for h in handoffs]),
        detect=floats([c.detect for c in checks]),
        alarm=floats([c.false_alarm for c in checks]),
        fix=floats([c.fix for c in checks]),
        by_giver=np.array([c.by == "supplier" for c in checks], dtype=bool),
        reworked=np.array([c.reworks for c in checks], dtype=bool),
        repaired=np.array([c.repairs for c in checks], dtype=bool),
        scrapped=np.array([c.scraps for c in checks], dtype=bool),
        back=np.array(
            [number[c.rework_to or h.supplier] for c, h in zip(checks, handoffs, strict=True)], dtype=np.int64
        ),
    )


def with_common_causes(compiled: Compiled, causes: tuple[tuple[str, str], ...]) -> Compiled:
    """The same chain with one draw per case for each (giver, item) of ``causes``, independent draws for all others."""
    place = {cause: i for i, cause in enumerate(causes)}
    handoffs = compiled.chain.handoffs
    key = np.array(
        [place.get((handoffs[i].supplier, handoffs[i].item or ""), -1) for i in compiled.pulled_rows],
        dtype=np.int64,
    )
    return replace(compiled, network=replace(compiled.network, key=key, keys=len(causes)), keys=causes)
