"""Writing a file so that it is always wholly old or wholly new."""

# ruff: noqa: PTH101, PTH105, PTH108, PTH116, PTH118, PTH120, PTH208
# Descriptors, links and modes are handled here: `os` says what happens, `pathlib` would hide it.

from __future__ import annotations

import errno
import os
import platform
import secrets
import stat
from contextlib import suppress
from zlib import crc32

__all__ = ["atomic_write_text"]

_NO_FOLDER_SYNC = frozenset({errno.EINVAL, errno.ENOTSUP, errno.ENOSYS, errno.EACCES, errno.EBADF})
_ATTEMPTS = 100


def atomic_write_text(path: str | os.PathLike[str], text: str) -> None:
    r"""Write UTF-8 text to a file that is at no moment half written.

    The text goes to a new file in the same folder, which then takes the place of the old one. A symbolic link is
    followed to its target; an existing file keeps its mode. Line ends are written as they are.

    Parameters
    ----------
    path : str or path-like
        The file to write.
    text : str
        All of its content.

    Raises
    ------
    OSError
        When it cannot be written; the old file is then whole and no other file is left behind (only a failure to make
        the new name durable, the last step, comes after the replacement). A folder, device or pipe is refused, and so
        is a file that may not be written to.
    UnicodeEncodeError
        When the text holds half a surrogate pair; nothing is written.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     target = pathlib.Path(folder, "chain.yaml")
    ...     atomic_write_text(target, "name: Two steps\n")
    ...     target.read_text(encoding="utf-8")
    'name: Two steps\n'
    """
    data = text.encode("utf-8")
    target = os.path.realpath(os.fspath(path))
    old = _existing(os.fspath(path))
    folder = os.path.dirname(target)
    _clear_leftovers(folder)
    temporary, descriptor = _create(folder, 0o666 if old is None else 0o600)
    try:
        try:
            _write_all(descriptor, data)
            if old is not None:
                _like(descriptor, temporary, old)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    _sync_folder(folder)


def _existing(path: str) -> os.stat_result | None:
    """The file to be replaced, if there is one and it may be."""
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, "cannot write there: it is a folder", path)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "cannot write there: it is a device or pipe (give '-' for standard output)", path)
    if not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, "permission to write it is denied", path)
    return status


def _create(folder: str, mode: int) -> tuple[str, int]:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    for _ in range(_ATTEMPTS):
        temporary = os.path.join(folder, f"{_mine()}{os.getpid()}-{secrets.token_hex(8)}.tmp")
        with suppress(FileExistsError):
            try:
                return temporary, os.open(temporary, flags, mode)
            except FileNotFoundError:
                # the caller knows the folder, not the temporary name
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), folder) from None
    raise FileExistsError(errno.EEXIST, "no free name for a temporary file", folder)


def _mine() -> str:
    """How temporary files of this machine begin; their writer's process number follows."""
    return f".qualitychain-{crc32(platform.node().encode()):08x}-"


def _clear_leftovers(folder: str) -> None:
    """Remove temporary files of this machine whose writers were killed."""
    if os.name == "nt":
        return  # there, asking whether a process lives would end it
    with suppress(OSError):
        for name in os.listdir(folder):
            process = name.removeprefix(_mine()).partition("-")[0]
            if name.startswith(_mine()) and name.endswith(".tmp") and process.isdigit() and not _alive(int(process)):
                with suppress(OSError):
                    os.unlink(os.path.join(folder, name))


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def _write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _like(descriptor: int, temporary: str, old: os.stat_result) -> None:
    """Owner and mode of the old file, as far as the system has them and allows it."""
    if hasattr(os, "fchown") and hasattr(os, "geteuid") and (old.st_uid, old.st_gid) != (os.geteuid(), os.getegid()):
        with suppress(PermissionError):
            os.fchown(descriptor, old.st_uid, old.st_gid)
    if hasattr(os, "fchmod"):
        os.fchmod(descriptor, stat.S_IMODE(old.st_mode))
    else:
        os.chmod(temporary, stat.S_IMODE(old.st_mode))


def _sync_folder(folder: str) -> None:
    """Make the new name durable; systems that cannot sync a folder are let be."""
    if os.name == "nt":
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise
