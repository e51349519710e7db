"""The bytes of a log file, unpacked, never more than a limit."""

from __future__ import annotations

import gzip
import io
import os
import stat
from pathlib import Path
from typing import IO, Any, cast

from qualitychain.errors import LogError

LARGEST_LOG = 4 * 2**30
"""Most bytes of a log after unpacking, unless the caller raises it."""


class _Capped(io.RawIOBase):
    """Reads at most so many bytes of another stream: a small packed file must not fill the machine."""

    def __init__(self, inner: IO[bytes], limit: int, name: str) -> None:
        self._inner, self._left, self._limit, self._name = inner, limit, limit, name

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._inner.read(len(buffer))
        self._left -= len(data)
        if self._left < 0:
            raise LogError(f"{self._name}: more than {self._limit:,} bytes when unpacked; raise max_bytes to read it")
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._inner.close()
        super().close()


def opened(path: str | os.PathLike[str], max_bytes: int = LARGEST_LOG) -> IO[bytes]:
    """The bytes of a log file, unpacked if it is gzip, never more than ``max_bytes`` of them.

    Raises
    ------
    LogError
        When the file is not there, cannot be read, or is not a regular file.
    """
    name = Path(path).name
    try:
        if not stat.S_ISREG(Path(path).stat().st_mode):
            raise LogError(f"{name}: not a regular file; give a .csv, .xes or .parquet file (also .gz)")
        file: IO[bytes] = Path(path).open("rb")  # noqa: SIM115  the caller closes it
    except OSError as error:
        raise LogError(f"{name}: cannot be read ({error.strerror}); check the path") from None
    packed = file.read(2) == b"\x1f\x8b"
    if packed:
        file.close()
        file = cast(IO[bytes], gzip.open(path, "rb"))  # noqa: SIM115  the caller closes it
    else:
        file.seek(0)
    return io.BufferedReader(_Capped(file, max_bytes, name), buffer_size=2**18)
