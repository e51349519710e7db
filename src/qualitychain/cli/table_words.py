"""Which tables there are, in words; imports nothing heavy."""

from __future__ import annotations

from qualitychain.cli.table_names import NAMES
from qualitychain.vocabulary.registry import tables


def table_words() -> dict[str, str]:
    """Every table with its line of words, in reading order."""
    known = tables()
    return {name: spec.words for name, (_, spec) in known.items()} | {
        name: words for name, words in NAMES.items() if name not in known
    }
