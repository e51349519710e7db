"""Writing a chain to a file, whole or not at all."""

from __future__ import annotations

import io
import json
import os
import sys
from typing import IO, Any

from qualitychain.files.atomic import atomic_write_text
from qualitychain.files.source import choose_format
from qualitychain.files.yaml_text import yaml_text
from qualitychain.model.chain.chain import Chain

__all__ = ["chain_text", "write_chain"]


def write_chain(
    chain: Chain,
    target: str | os.PathLike[str] | IO[str] | IO[bytes],
    *,
    format: str | None = None,  # noqa: A002  the usual word for it
) -> None:
    """Write a chain as YAML or JSON: it reads back equal, and the same chain gives the same bytes.

    Parameters
    ----------
    chain : Chain
        The chain.
    target : str, path-like, file object or "-"
        A path (written atomically: an existing file is replaced only when all is written), an open file
        (text or
        binary), or ``"-"`` for standard output.
    format : {"yaml", "json"}, optional
        How to write it; by default by the suffix of the name (``.json``, ``.yaml``, ``.yml``), otherwise as
        YAML.

    Raises
    ------
    OSError
        When the file cannot be written; the old one is then whole.

    Examples
    --------
    >>> import sys
    >>> from qualitychain.model.records.handoff import Handoff
    >>> from qualitychain.model.records.nodes import Customer, Supplier
    >>> chain = Chain("Shop", suppliers=[Supplier("Farm")], customers=[Customer("Town")],
    ...               handoffs=[Handoff("Farm", "Town", defect_rate=0.1)])
    >>> write_chain(chain, sys.stdout)
    schema_version: 1
    name: Shop
    suppliers:
      - name: Farm
    customers:
      - name: Town
    handoffs:
      - supplier: Farm
        customer: Town
        defect_rate: 0.1
    """
    if isinstance(target, str | os.PathLike):
        path = os.fspath(target)
        if path == "-":
            _to_stream(getattr(sys.stdout, "buffer", sys.stdout), chain_text(chain, format=format or "yaml"))
        else:
            atomic_write_text(path, chain_text(chain, format=choose_format(path, format)[0]))
        return
    if not callable(getattr(target, "write", None)):
        raise TypeError(f"target must be a path, a file object or '-', got {type(target).__name__}")
    name = getattr(target, "name", None)
    chosen = choose_format(name if isinstance(name, str) else None, format)[0]
    _to_stream(target, chain_text(chain, format=chosen))


def chain_text(chain: Chain, *, format: str = "yaml") -> str:  # noqa: A002  the usual word for it
    r"""The text of a chain's file.

    Parameters
    ----------
    chain : Chain
        The chain.
    format : {"yaml", "json"}
        How to write it.

    Returns
    -------
    str
        Lines ended by ``\n``, the last one too.
    """
    data = chain.to_dict()
    if choose_format(None, format)[0] == "json":
        return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    return yaml_text(data)


def _to_stream(stream: Any, text: str) -> None:
    if stream is None:
        raise OSError("there is no standard output")
    if not _takes_bytes(stream):
        stream.write(text)
    else:
        rest = memoryview(text.encode("utf-8"))
        while rest:
            written = stream.write(rest)
            rest = rest[len(rest) if written is None else written :]
    if callable(getattr(stream, "flush", None)):
        stream.flush()


def _takes_bytes(stream: Any) -> bool:
    if isinstance(stream, io.TextIOBase):
        return False
    if isinstance(stream, io.RawIOBase | io.BufferedIOBase):
        return True
    mode = getattr(stream, "mode", "")
    return isinstance(mode, str) and "b" in mode
