"""A mapping that stays as it is, for what a record keeps of a mapping that it was given."""

from __future__ import annotations

from typing import Any, NoReturn, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class FrozenMapping(dict[K, V]):
    """A dict that cannot be changed, so that it can be hashed; equal to any dict of the same content.

    Examples
    --------
    >>> kept = FrozenMapping({"a": 1})
    >>> kept == {"a": 1}
    True
    >>> kept["a"] = 2
    Traceback (most recent call last):
    ...
    TypeError: it is frozen: make a changed copy instead
    """

    def __hash__(self) -> int:  # type: ignore[override]  # a dict has none, because it can change
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self),)

    def _refuse(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise TypeError("it is frozen: make a changed copy instead")

    __setitem__ = __delitem__ = clear = pop = popitem = setdefault = update = __ior__ = _refuse
