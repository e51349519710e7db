from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from qualitychain.model.values.frozen import FrozenMapping

KEPT: FrozenMapping[str, Any] = FrozenMapping({"a": 1, "b": FrozenMapping({"c": (2, 3)})})


@pytest.mark.parametrize(
    "change",
    [
        lambda kept: kept.__setitem__("a", 2),
        lambda kept: kept.__delitem__("a"),
        lambda kept: kept.clear(),
        lambda kept: kept.pop("a"),
        lambda kept: kept.popitem(),
        lambda kept: kept.setdefault("d", 2),
        lambda kept: kept.update(a=2),
        lambda kept: kept.__ior__({"a": 2}),
    ],
)
def test_nothing_changes_it(change: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError, match="frozen"):
        change(KEPT)
    assert KEPT == {"a": 1, "b": {"c": (2, 3)}}


def test_it_is_equal_hashed_alike_and_as_frozen_after_copying_and_pickling() -> None:
    for again in (copy.copy(KEPT), copy.deepcopy(KEPT), pickle.loads(pickle.dumps(KEPT))):
        assert again == KEPT
        assert hash(again) == hash(KEPT)
        assert type(again["b"]) is FrozenMapping
    assert hash(FrozenMapping({"b": 2, "a": 1})) == hash(FrozenMapping({"a": 1, "b": 2}))
