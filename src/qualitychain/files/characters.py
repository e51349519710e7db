"""Is it text at all: UTF-8, without control characters."""

from __future__ import annotations

import codecs

from qualitychain.errors import Fault
from qualitychain.files.content import Place

_ALLOWED = bytes([9, 10, 13, *range(32, 127), *range(128, 256)])
_CHUNK = 1 << 20
_HIDDEN = tuple(chr(c).encode() for c in (*range(0x80, 0x85), *range(0x86, 0xA0), 0xFFFE, 0xFFFF))


def place(data: bytes, offset: int) -> Place:
    """Line and column of a byte."""
    start = max(data.rfind(b"\n", 0, offset), data.rfind(b"\r", 0, offset)) + 1
    breaks = data.count(b"\n", 0, offset) + data.count(b"\r", 0, offset) - data.count(b"\r\n", 0, offset)
    return breaks + 1, len(data[start:offset].decode("utf-8", "replace")) + 1


def without_mark(data: bytes) -> bytes:
    """The text without a UTF-8 byte order mark."""
    return data.removeprefix(codecs.BOM_UTF8)


def unfit(data: bytes) -> Fault | None:
    """The first reason why these bytes are not plain UTF-8 text, or None."""
    if not data.isascii():
        wrong = _not_utf8(data)
        if wrong is not None:
            return _fault("QC003", f"not UTF-8 (byte {wrong + 1}){_guess(data)}; save the file as UTF-8", data, wrong)
    elif _guess(data):
        return _fault("QC003", f"not UTF-8 (byte 1){_guess(data)}; save the file as UTF-8", data, 0)
    offset = _control(data)
    if offset is None:
        return None
    code = ord(data[offset : offset + 3].decode("utf-8", "ignore")[:1])
    return _fault("QC002", f"the control character U+{code:04X} is not allowed; remove it", data, offset)


def _fault(code: str, message: str, data: bytes, offset: int) -> Fault:
    line, column = place(data, offset)
    return Fault(code, (), message, line, column)


def _not_utf8(data: bytes) -> int | None:
    # piece by piece, so that a large file is not held a second time as wide characters
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(data), _CHUNK):
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(data[start : start + _CHUNK], final=start + _CHUNK >= len(data))
        except UnicodeDecodeError as error:
            return start - pending + error.start
    return None


def _guess(data: bytes) -> str:
    if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return ": it looks like UTF-16"
    head = data[:4]
    if len(head) == 4 and ((not any(head[::2]) and all(head[1::2])) or (not any(head[1::2]) and all(head[::2]))):
        return ": it looks like UTF-16"
    return ""


def _control(data: bytes) -> int | None:
    first: list[int] = []
    for start in range(0, len(data), _CHUNK):
        bad = data[start : start + _CHUNK].translate(None, _ALLOWED)
        if bad:
            first.append(data.index(bad[:1], start))
            break
    if not data.isascii():
        first.extend(offset for offset in map(data.find, _HIDDEN) if offset >= 0)
    return min(first, default=None)
