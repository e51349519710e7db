"""The external customers that a question is about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

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


__all__ = ["which_customers"]
