"""The model that ``qualitychain init`` writes."""

from __future__ import annotations

from importlib import resources

__all__ = ["starter_text"]


def starter_text() -> str:
    """The text of a small commented chain file to start from.

    Examples
    --------
    >>> import io
    >>> from qualitychain.files.reading import read_chain
    >>> read_chain(io.StringIO(starter_text())).name
    'My process'
    """
    return resources.files("qualitychain.files").joinpath("starter.chain.yaml").read_text(encoding="utf-8")
