"""Which tables there are, in words; imports nothing heavy."""

from __future__ import annotations

from qualitychain.vocabulary.registry import tables


def table_words() -> dict[str, str]:
    """Every table with its line of words, in reading order."""
    return {name: spec.words for name, (_, spec) in tables().items()}
