"""Labels of a log to names that the model takes, and pairs of labels that look alike."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qualitychain.model.values.fields import is_unseen

LONGEST = 200
_SPACE = frozenset({"Cc", "Zl", "Zp"})


def text_of(value: object) -> str:
    """A label as text; a whole number read as a float (because others are missing) loses its point.

    Examples
    --------
    >>> text_of(12.0), text_of(" A")
    ('12', ' A')
    """
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def clean(label: str) -> str:
    r"""A label in normal form C, control characters as spaces, invisible ones removed; or ``(unnamed)``.

    Examples
    --------
    >>> clean("Quality\ncontrol\u200b")
    'Quality control'
    """
    if label.isascii() and label.isprintable():
        result = label
    else:
        spaced = (" " if unicodedata.category(c) in _SPACE else c for c in unicodedata.normalize("NFC", label))
        result = "".join(c for c in spaced if not is_unseen(c))
        result = unicodedata.normalize("NFC", result)
    return result if result.strip() else "(unnamed)"


def node_names(labels: Sequence[str]) -> tuple[list[str], NDArray[np.int64], int]:
    """Names for labels: the distinct names, the place of each label's name, and how many labels changed.

    Labels that differ only in what is cleaned away are one name. Names that are too long are cut, and
    numbered where the cut ones would be alike.
    """
    cleaned = [clean(label) for label in labels]
    distinct = list(dict.fromkeys(cleaned))
    place = {name: i for i, name in enumerate(distinct)}
    codes = np.array([place[name] for name in cleaned], dtype=np.int64)
    taken = {name for name in distinct if len(name) <= LONGEST}
    names = []
    for name in distinct:
        names.append(name if len(name) <= LONGEST else free(name, taken))
        taken.add(names[-1])
    changed = sum(names[c] != label for c, label in zip(codes, labels, strict=True))
    return names, codes, changed


def free(name: str, taken: set[str], mark: str = "") -> str:
    """The name, cut to fit and marked or numbered until it is not among those taken.

    Examples
    --------
    >>> free("Start", {"Start"}, "supplier")
    'Start (supplier)'
    """
    candidate, number = name[:LONGEST].rstrip() or name[:LONGEST], 1
    if mark and candidate in taken:
        candidate = f"{name[: LONGEST - len(mark) - 3]} ({mark})"
    while candidate in taken:
        number += 1
        tail = f" ({number})"
        candidate = name[: LONGEST - len(tail)] + tail
    return candidate


def look_alikes(labels: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs of labels that differ by case or spaces only.

    Examples
    --------
    >>> look_alikes(["A 1", "B", "a  1 "])
    [('A 1', 'a  1 ')]
    """
    seen: dict[str, str] = {}
    pairs = []
    for label in labels:
        other = seen.setdefault("".join(label.casefold().split()), label)
        if other != label:
            pairs.append((other, label))
    return pairs
