"""The external customers that a question is about, and what is said of them alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from qualitychain.errors import UnknownCustomerError
from qualitychain.model.chain.chain import Chain


def which_customers(chain: Chain, asked: str | Sequence[str] | None) -> list[int]:
    """Their places in the chain, in its order; all where none is named.

    Raises
    ------
    UnknownCustomerError
        When the chain has no such customer; near misses are named.
    ValueError
        When the names are an empty list.
    """
    names = [c.name for c in chain.customers]
    if asked is None:
        return list(range(len(names)))
    given: object = asked
    wanted = list(given) if isinstance(given, Iterable) and not isinstance(given, str) else [given]
    for name in wanted:
        if name not in names:
            raise UnknownCustomerError(name, names)
    if not wanted:
        raise ValueError("customer names none; leave it out to have all")
    return [k for k, name in enumerate(names) if name in wanted]


def only_of(chain: Chain, wanted: Sequence[int], missing: Mapping[str, str]) -> dict[str, str]:
    """The reasons but for those of other customers; places are "table/customer" or "table/customer/column"."""
    names = [c.name for c in chain.customers]
    mine = {names[k] for k in wanted}

    def of(place: str) -> str | None:
        rest = place.split("/", 1)[-1]
        # a name may hold a slash, so the longest that fits is meant
        return max((n for n in names if rest == n or rest.startswith(f"{n}/")), key=len, default=None)

    return {place: why for place, why in missing.items() if (who := of(place)) is None or who in mine}


__all__ = ["only_of", "which_customers"]
