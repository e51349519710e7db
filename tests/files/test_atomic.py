"""A file is always wholly old or wholly new, whatever fails while it is written."""

from __future__ import annotations

import errno
import os
import random
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qualitychain.files import atomic
from qualitychain.files.atomic import atomic_write_text

OLD, NEW = "old\n" * 10, "new\n" * 1000
CALLS = ("open", "write", "fchmod", "fsync", "close", "replace", "stat", "unlink")


class _Failing:
    """The os module, whose k-th call of the named functions fails."""

    def __init__(self, k: int, code: int) -> None:
        self.left = k
        self.code = code

    def __getattr__(self, name: str) -> Any:
        real = getattr(os, name)
        if name not in CALLS:
            return real

        def call(*arguments: Any) -> Any:
            self.left -= 1
            if self.left == 0:
                if name == "close":
                    real(*arguments)
                raise OSError(self.code, os.strerror(self.code))
            return real(*arguments)

        return call


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize("exists", [True, False])
def test_whichever_call_fails_the_file_is_whole_and_nothing_is_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, exists: bool
) -> None:
    target = tmp_path / "chain.yaml"
    failures = 0
    for k in range(1, 50):
        target.unlink(missing_ok=True)
        if exists:
            target.write_text(OLD, encoding="utf-8")
        with monkeypatch.context() as patched:
            patched.setattr(atomic, "os", _Failing(k, code))
            try:
                atomic_write_text(target, NEW)
            except OSError as error:
                failures += error.errno == code
            else:
                break
        assert [p.name for p in tmp_path.iterdir()] in (["chain.yaml"], [] if not exists else ["chain.yaml"])
        if target.exists():
            assert target.read_text(encoding="utf-8") in (OLD, NEW)
    assert target.read_text(encoding="utf-8") == NEW
    assert failures >= 6


def test_an_interrupt_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "chain.yaml"
    target.write_text(OLD, encoding="utf-8")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(atomic, "_write_all", interrupted)
    with pytest.raises(KeyboardInterrupt):
        atomic_write_text(target, NEW)
    assert target.read_text(encoding="utf-8") == OLD
    assert len(list(tmp_path.iterdir())) == 1


def test_a_short_write_is_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write: Callable[[int, Any], int] = os.write
    monkeypatch.setattr(atomic.os, "write", lambda descriptor, data: write(descriptor, data[:7]))
    atomic_write_text(tmp_path / "a", NEW)
    assert (tmp_path / "a").read_text(encoding="utf-8") == NEW


@pytest.mark.skipif(os.name == "nt", reason="no modes here")
def test_an_existing_file_keeps_its_mode(tmp_path: Path) -> None:
    target = tmp_path / "chain.yaml"
    target.write_text(OLD, encoding="utf-8")
    target.chmod(0o640)
    atomic_write_text(target, NEW)
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


@pytest.mark.skipif(os.name == "nt", reason="no modes here")
def test_a_new_file_has_the_mode_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "other").write_text(OLD, encoding="utf-8")
    atomic_write_text(tmp_path / "chain.yaml", NEW)
    assert (tmp_path / "chain.yaml").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_link_stays_a_link_and_its_target_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "real.yaml").write_text(OLD, encoding="utf-8")
    (tmp_path / "link.yaml").symlink_to(folder / "real.yaml")
    atomic_write_text(tmp_path / "link.yaml", NEW)
    assert (tmp_path / "link.yaml").is_symlink()
    assert (folder / "real.yaml").read_text(encoding="utf-8") == NEW


def test_a_folder_is_not_written_to(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        atomic_write_text(tmp_path, NEW)


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="no devices here")
def test_a_device_is_not_replaced() -> None:
    with pytest.raises(OSError, match="device"):
        atomic_write_text("/dev/null", NEW)


def test_a_file_that_may_not_be_written_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "chain.yaml"
    target.write_text(OLD, encoding="utf-8")
    monkeypatch.setattr(atomic.os, "access", lambda *_: False)
    with pytest.raises(PermissionError):
        atomic_write_text(target, NEW)
    assert target.read_text(encoding="utf-8") == OLD


def test_text_that_cannot_be_encoded_touches_nothing(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        atomic_write_text(tmp_path / "a", "\ud83d")
    assert list(tmp_path.iterdir()) == []


WRITER = """
import sys
from qualitychain.files.atomic import atomic_write_text
print("ready", flush=True)
while True:
    for word in ("one", "two"):
        atomic_write_text(sys.argv[1], (word + "\\n") * 20_000)
"""


def killed_while_writing(target: Path, kills: int) -> set[str]:
    """The words found in the file after each kill of a process that writes it over and over."""
    found = set()
    rng = random.Random(1)
    for _ in range(kills):
        process = subprocess.Popen([sys.executable, "-c", WRITER, str(target)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(rng.uniform(0, 0.02))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        if target.exists():
            lines = target.read_text(encoding="utf-8").splitlines()
            assert len(lines) == 20_000
            assert len(set(lines)) == 1
            found.add(lines[0])
    return found


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL here")
def test_a_killed_writer_leaves_a_whole_file(tmp_path: Path) -> None:
    assert killed_while_writing(tmp_path / "chain.yaml", 10) <= {"one", "two"}


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL here")
def test_a_writer_killed_five_hundred_times_always_leaves_a_whole_file(tmp_path: Path) -> None:
    assert killed_while_writing(tmp_path / "chain.yaml", 500) == {"one", "two"}
