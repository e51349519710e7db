"""Where a chain is read from: a path, a file object or standard input, opened without risk of hanging."""

# ruff: noqa: PTH116, PTH122
# Descriptors, links and modes are handled here: `os` says what happens, `pathlib` would hide it.

from __future__ import annotations

import errno
import os
import stat
import sys
from dataclasses import dataclass
from typing import IO, Any, Literal

from qualitychain.errors import Fault, ModelFileError
from qualitychain.files.limits import Limits

Format = Literal["yaml", "json"]
Readable = str | os.PathLike[str] | IO[str] | IO[bytes]
_FORMATS: dict[str, Format] = {".json": "json", ".yaml": "yaml", ".yml": "yaml"}
_PIECE = 1 << 20


@dataclass(frozen=True)
class Source:
    """The bytes of a model file, what to call it, and how to read it."""

    name: str
    data: bytes
    format: Format
    reason: str
    """Why this format, for messages."""


def visible(text: str) -> str:
    """Text in which control and other unprintable characters are escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def choose_format(name: str | None, given: str | None) -> tuple[Format, str]:
    """The format asked for, or the one of the suffix, or YAML; and why."""
    if given is not None:
        if given not in ("yaml", "json"):
            raise ValueError(f"format must be 'yaml', 'json' or None, got {given!r}")
        return ("json" if given == "json" else "yaml"), f"as format={given!r} says"
    suffix = os.path.splitext(name or "")[1].lower()
    if suffix in _FORMATS:
        return _FORMATS[suffix], f"because of its suffix {suffix}"
    return "yaml", "as nothing says that it is JSON"


def open_source(source: Readable, chosen_format: str | None, limits: Limits) -> Source:
    """Read everything from a path, a file object, or ``"-"`` for standard input.

    Raises
    ------
    ModelFileError
        When there is nothing to read there, or too much of it (QC019, QC005).
    """
    if isinstance(source, str | os.PathLike):
        path = os.fspath(source)
        if path == "-":
            chosen, reason = choose_format(None, chosen_format)
            stream = getattr(sys.stdin, "buffer", sys.stdin)
            return Source("<stdin>", _from_stream(stream, "<stdin>", limits), chosen, reason)
        chosen, reason = choose_format(path, chosen_format)
        return Source(visible(path), _from_path(path, limits), chosen, reason)
    if not callable(getattr(source, "read", None)):
        raise TypeError(f"source must be a path, a file object or '-', got {type(source).__name__}")
    own = getattr(source, "name", None)
    name = own if isinstance(own, str) else None
    chosen, reason = choose_format(name, chosen_format)
    shown = visible(name) if name else "<stream>"
    return Source(shown, _from_stream(source, shown, limits), chosen, reason)


def _refuse(name: str, message: str, code: str = "QC019") -> ModelFileError:
    return ModelFileError([Fault(code, (), message, 1, 1)], name)


def _too_large(name: str, limits: Limits) -> ModelFileError:
    return _refuse(
        name,
        f"the file is larger than {limits.size:,} bytes; pass larger Limits if it is meant to be",
        "QC005",
    )


def _why(error: OSError) -> str:
    reasons = {
        errno.ENOENT: "there is no such file",
        errno.ELOOP: "its symbolic links lead in a circle",
        errno.EACCES: "permission to read it is denied",
        errno.EISDIR: "it is a folder, not a file",
    }
    known = reasons.get(error.errno or 0)
    return known or (error.strerror or str(error) or type(error).__name__)


def _from_path(path: str, limits: Limits) -> bytes:
    name = visible(path)
    try:
        # looked at before opening: opening a device can already have an effect
        status = os.stat(path)
        _only_regular(status, name)
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOCTTY", 0)
        descriptor = os.open(path, flags)
    except OSError as error:
        raise _refuse(name, f"cannot read the file: {_why(error)}") from None
    except ModelFileError:
        raise
    except ValueError:
        raise _refuse(name, "cannot read the file: its name is not a possible file name") from None
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        try:
            before = os.fstat(descriptor)
            _only_regular(before, name)
            if before.st_size > limits.size:
                raise _too_large(name, limits)
            data = _drain(file, min(before.st_size, limits.size) + 1, limits.size)
            after = os.fstat(descriptor)
        except OSError as error:
            raise _refuse(name, f"cannot read the file: {_why(error)}") from None
    if len(data) > limits.size:
        raise _too_large(name, limits)
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise _refuse(name, "the file changed while it was read; try again")
    return data


def _only_regular(status: os.stat_result, name: str) -> None:
    mode = status.st_mode
    if stat.S_ISREG(mode):
        return
    kinds = ((stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"))
    kind = next((word for test, word in kinds if test(mode)), "a device")
    hint = "" if stat.S_ISDIR(mode) else "; to read from standard input give '-'"
    raise _refuse(name, f"cannot read the file: it is {kind}, not a regular file{hint}")


def _drain(file: Any, first: int, most: int) -> bytes:
    """Everything up to one byte more than allowed; the usual case is one read without a copy."""
    data: bytes = file.read(first)
    pieces = [data]
    total = len(data)
    while data and total <= most:
        data = file.read(min(_PIECE, most + 1 - total))
        pieces.append(data)
        total += len(data)
    return pieces[0] if total == len(pieces[0]) else b"".join(pieces)


def _from_stream(stream: Any, name: str, limits: Limits) -> bytes:
    if stream is None:
        raise _refuse(name, "there is no standard input")
    pieces: list[bytes] = []
    total = 0
    while total <= limits.size:
        try:
            piece = stream.read(_PIECE)
        except UnicodeDecodeError as error:
            raise _refuse(name, f"not UTF-8 (byte {error.start + 1}); open the file in binary mode", "QC003") from None
        except OSError as error:
            raise _refuse(name, f"cannot read the file: {_why(error)}") from None
        except ValueError as error:  # a closed file
            raise _refuse(name, f"cannot read the file: {error}") from None
        if piece is None:
            raise _refuse(name, "cannot read the file: nothing is there yet, and it does not wait")
        if not piece:
            return b"".join(pieces)
        pieces.append(_as_bytes(piece, name))
        total += len(pieces[-1])
    raise _too_large(name, limits)


def _as_bytes(piece: Any, name: str) -> bytes:
    if isinstance(piece, bytes | bytearray | memoryview):
        return bytes(piece)
    if not isinstance(piece, str):
        raise TypeError(f"read() of the file object must return text or bytes, got {type(piece).__name__}")
    try:
        return piece.encode("utf-8")
    except UnicodeEncodeError as error:
        shown = f"U+{ord(piece[error.start]):04X}"
        raise _refuse(name, f"not UTF-8: {shown} is half a character", "QC003") from None
