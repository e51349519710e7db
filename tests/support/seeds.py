"""Families of random chains: the first three always, the rest with the slow tests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

ALWAYS = 3


def seeds(family: Iterable[int], always: int = ALWAYS) -> list[Any]:
    """The seeds of a family as parameters; all but the first few are marked slow."""
    return [pytest.param(s, marks=[pytest.mark.slow] if i >= always else []) for i, s in enumerate(family)]
