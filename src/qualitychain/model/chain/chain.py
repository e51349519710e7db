"""The chain: one frozen data structure, with data and equality and no analysis."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import KW_ONLY
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeGuard

from pydantic import BeforeValidator, ValidationError, WithJsonSchema

from qualitychain.errors import ChainError, ChainWarning, Fault
from qualitychain.model.records.calendar import Calendar, MaybeCalendar
from qualitychain.model.records.handoff import Handoff
from qualitychain.model.records.nodes import Customer, Department, Money, Note, Supplier
from qualitychain.model.records.project import Project
from qualitychain.model.records.requirement import Requirement
from qualitychain.model.rules.parts import Parts
from qualitychain.model.rules.rules import chain_faults, chain_warnings
from qualitychain.model.values import durations
from qualitychain.model.values.fields import Name, choice, echo, optional, refuse, text
from qualitychain.model.values.fields import name as read_name
from qualitychain.model.values.record import Record, adapter, build, field_names, labelled, plain, record, translate
from qualitychain.near import SHOWN

if TYPE_CHECKING:
    import networkx as nx

LISTS: dict[str, type[Record]] = {
    "suppliers": Supplier,
    "departments": Department,
    "customers": Customer,
    "handoffs": Handoff,
    "requirements": Requirement,
    "projects": Project,
}
_NODES = ("suppliers", "departments", "customers")
_OPTIONAL = ("departments", "requirements", "projects")
SCHEMA_VERSION = 1


def _is_list(value: object) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes | Mapping)


def _items(value: object) -> tuple[Any, ...]:
    if not _is_list(value):
        raise refuse("QC010", f"must be a list, got {'nothing' if value is None else echo(value)}")
    # any mapping will do, also one that is not a dict
    return tuple(dict(v) if isinstance(v, Mapping) and type(v) is not dict else v for v in value)


def _version(value: object) -> int:
    if value is True or not isinstance(value, int):
        raise refuse("QC017", f"must be the number {SCHEMA_VERSION}, got {echo(value)}")
    if value != SCHEMA_VERSION:
        raise refuse(
            "QC017", f"{echo(value)} is not read here: this release reads version {SCHEMA_VERSION}; install a newer one"
        )
    return value


TimeUnit = Literal["second", "minute", "hour", "day", "week"]
_AS_LIST = BeforeValidator(_items)


@record
class Chain:
    """A supplier-customer graph: who hands what to whom, how well, how fast, and what was promised.

    Parameters are the fields below; suppliers, departments, customers, handoffs, requirements and projects are
    sequences of records (or of mappings with their fields). All faults are found together.

    Raises
    ------
    ChainError
        With every fault of every record and of the structure, each naming the place, the value and the remedy.

    Examples
    --------
    >>> chain = Chain(
    ...     "Two steps",
    ...     suppliers=[Supplier("Farm", rate=2)],
    ...     departments=[Department("Dairy")],
    ...     customers=[Customer("Town")],
    ...     handoffs=[Handoff("Farm", "Dairy", defect_rate=0.1), Handoff("Dairy", "Town", defect_rate=0.05)],
    ... )
    >>> Chain.from_dict(chain.to_dict()) == chain
    True
    """

    name: Name
    """Name of the chain."""
    _: KW_ONLY
    schema_version: Annotated[int, BeforeValidator(_version), WithJsonSchema({"const": 1})] = SCHEMA_VERSION
    """Version of the file format; 1."""
    time_unit: Annotated[TimeUnit, BeforeValidator(choice(*durations.SECONDS))] = "hour"
    """Unit of every time given as a number: second, minute, hour, day or week (with a calendar: of working time)."""
    calendar: MaybeCalendar = None
    """When the chain works; absent: around the clock. With it, all times are working time: a day in a duration is a working day, unless it says calendar days."""  # noqa: E501  a line break would stand in the file schema
    period: Annotated[str | None, BeforeValidator(optional(text))] = None
    """What volumes and costs per period refer to, in words: month, year, ..."""
    currency: Annotated[str | None, BeforeValidator(optional(text))] = None
    """What all amounts of money are in, in words: EUR, USD, thousand yen, ..."""
    prevention_cost: Money = None
    """Cost of preventing defects, per period."""
    suppliers: Annotated[Sequence[Supplier], _AS_LIST]
    """External suppliers, at least one."""
    departments: Annotated[Sequence[Department], _AS_LIST] = ()
    """Departments."""
    customers: Annotated[Sequence[Customer], _AS_LIST]
    """External customers, at least one."""
    handoffs: Annotated[Sequence[Handoff], _AS_LIST]
    """Handoffs, at least one."""
    requirements: Annotated[Sequence[Requirement], _AS_LIST] = ()
    """What the chain must achieve."""
    projects: Annotated[Sequence[Project], _AS_LIST] = ()
    """Improvements that may be chosen, at most 1,000."""
    budget: Money = None
    """What the chosen projects may cost together."""
    note: Note = None
    """A remark."""
    source: Note = None
    """Where the chain comes from."""

    def __post_init__(self) -> None:
        parts = parts_of(self)
        faults = chain_faults(parts)
        if faults:
            raise ChainError(faults)
        for fault in chain_warnings(parts):
            warnings.warn(ChainWarning(f"{fault.code} {fault.message}", fault), stacklevel=4)

    @property
    def clock(self) -> durations.Clock:
        """What the chain's times mean: its time unit and its calendar.

        Examples
        --------
        >>> chain = Chain("C", suppliers=[Supplier("S")], customers=[Customer("K", promise="5 calendar days")],
        ...               handoffs=[Handoff("S", "K", defect_rate=0.1)],
        ...               calendar=Calendar(hours_per_day=7, days_per_week=5))
        >>> chain.clock.said, chain.clock.in_unit("5 calendar days")
        ('working hours', 25.0)
        """
        return durations.Clock(self.time_unit) if self.calendar is None else self.calendar.clock(self.time_unit)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Chain:
        """A chain from plain data, the same as in a model file.

        Raises
        ------
        ChainError
            With all faults, of fields and of structure; each ``path`` leads to the value in ``data``.

        Examples
        --------
        >>> data = {"name": "C", "suppliers": [{"name": "S"}], "customers": [{"name": "K"}],
        ...         "handoffs": [{"supplier": "S", "customer": "K", "defect_rate": 0.1}]}
        >>> Chain.from_dict(data).handoffs[0].full_name
        'S -> K'
        """
        if not isinstance(data, Mapping):
            raise ChainError([Fault("QC010", (), f"expected a mapping with the fields of a chain, got {echo(data)}")])
        try:
            with _collector_paused():
                chain: Chain = adapter(Chain).validate_python(dict(data))
        except ValidationError as error:
            raise ChainError(cls._explain(error, data)) from None
        return chain

    @classmethod
    def _explain(cls, error: ValidationError, data: Mapping[str, Any]) -> list[Fault]:
        with _collector_paused():
            details = error.errors(include_url=False, include_input=False)
            structural = details[0].get("ctx", {}).get("error")
            if len(details) == 1 and isinstance(structural, ChainError) and not details[0]["loc"]:
                return list(structural.faults)
            return _all_faults(details, data)

    def to_dict(self) -> dict[str, Any]:
        """The chain as JSON-safe data: fields in file order, without those at their default.

        Examples
        --------
        >>> chain = Chain("C", suppliers=[Supplier("S")], customers=[Customer("K")],
        ...               handoffs=[Handoff("S", "K", defect_rate=0.1)])
        >>> chain.to_dict()["handoffs"]
        [{'supplier': 'S', 'customer': 'K', 'defect_rate': 0.1}]
        """
        result: dict[str, Any] = {"schema_version": self.schema_version}
        result.update((k, v) for k, v in plain(self).items() if k != "departments" or v)
        return result

    def to_networkx(self) -> nx.MultiDiGraph[str]:
        """The chain as a networkx graph: nodes by name, handoffs as edges keyed by name, fields as attributes.

        Examples
        --------
        >>> chain = Chain("C", suppliers=[Supplier("S")], customers=[Customer("K")],
        ...               handoffs=[Handoff("S", "K", defect_rate=0.1)])
        >>> list(chain.to_networkx().edges(keys=True))
        [('S', 'K', 'S -> K')]
        """
        from qualitychain.model.chain.graph import graph_of

        return graph_of(self.to_dict(), [h.full_name for h in self.handoffs])

    @classmethod
    def from_networkx(cls, graph: nx.MultiDiGraph[str]) -> Chain:
        """A chain from a graph made by ``to_networkx``, or one with the same attributes.

        Raises
        ------
        ChainError
            When the attributes do not make a chain.

        Examples
        --------
        >>> import networkx as nx
        >>> graph = nx.MultiDiGraph()
        >>> _ = graph.add_edge("S", "K", defect_rate=0.1)
        >>> Chain.from_networkx(graph).customers[0].name
        'K'
        """
        from qualitychain.model.chain.graph import data_of

        return cls.from_dict(data_of(graph, field_names(cls)))


def parts_of(chain: Chain) -> Parts:
    """The records of a chain with their places, all of them good."""
    return Parts(
        list(enumerate(chain.suppliers)),
        list(enumerate(chain.departments)),
        list(enumerate(chain.customers)),
        list(enumerate(chain.handoffs)),
        list(enumerate(chain.requirements)),
        list(enumerate(chain.projects)),
        clock=chain.clock,
    )


@contextmanager
def _collector_paused() -> Iterator[None]:
    """No garbage collection while many records are made: nothing dies, and looking again and again costs most."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _all_faults(details: Sequence[Any], data: Mapping[str, Any]) -> list[Fault]:
    """Faults of fields, each named after its record, and the structural faults of what can be read."""
    faults: list[Fault] = []
    broken: dict[str, set[int]] = {k: set() for k in LISTS}
    for detail in details:
        match detail["loc"]:
            case (str() as key, int() as index, *_) if key in LISTS:
                broken[key].add(index)
                faults.extend(labelled(detail, LISTS[key], data[key][index], (key, index), near=len(faults) < SHOWN))
            case _:
                faults.extend(translate(detail, Chain, data, near=len(faults) < SHOWN))
    if all(_is_list(data.get(key, () if key in _OPTIONAL else None)) for key in LISTS):
        faults.extend(chain_faults(_salvaged(data, broken)))
    return faults


def _salvaged(data: Mapping[str, Any], broken: Mapping[str, set[int]]) -> Parts:
    """What can be read of a chain with faults, each record with its place in the data."""
    kept: dict[str, list[tuple[int, Any]]] = {}
    lost: set[str] = set()
    nameless = False
    for key, kind in LISTS.items():
        kept[key] = [(i, build(kind, item)) for i, item in enumerate(data.get(key, ())) if i not in broken[key]]
        for index in broken[key] if key in _NODES else ():
            name = _name_of(data[key][index])
            nameless |= name is None
            lost.add(name or "")
    hidden = {_name_of(data["projects"][index]) for index in broken["projects"]}
    clock, clock_known = _clock_of(data)
    return Parts(
        **kept,
        lost=frozenset(lost),
        nameless=nameless,
        all_nodes=not any(broken[k] for k in _NODES),
        all_handoffs=not broken["handoffs"],
        all_projects=not broken["projects"],
        lost_projects=None if None in hidden else frozenset(n for n in hidden if n is not None),
        clock=clock,
        clock_known=clock_known,
    )


def _clock_of(data: Mapping[str, Any]) -> tuple[durations.Clock, bool]:
    """The clock that the data states; where it cannot be read, one under which the fewest times are too long."""
    unit, calendar = data.get("time_unit", "hour"), data.get("calendar")
    if not isinstance(unit, str) or unit not in durations.SECONDS:
        return durations.Clock("second"), False
    try:
        return (durations.Clock(unit) if calendar is None else build(Calendar, calendar).clock(unit)), True
    except ChainError:
        return durations.Clock(unit), False


def _name_of(item: object) -> str | None:
    given = item.get("name") if isinstance(item, Mapping) else getattr(item, "name", None)
    try:
        return read_name(given)
    except ChainError:
        return None


__all__ = ["LISTS", "SCHEMA_VERSION", "Chain", "TimeUnit"]
