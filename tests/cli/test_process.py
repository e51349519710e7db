"""The command line as a process: what it imports, and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.small_chains import two_steps

import qualitychain as qc

START = "import sys; from qualitychain.cli import main; main(prog_name='qualitychain')"
HEAVY = ("numpy", "pandas", "matplotlib", "scipy", "networkx", "pydantic", "jinja2", "yaml", "rich")
NOT_FOR_QUALITY = ("matplotlib", "scipy.stats", "jinja2", "rich")
EXAMPLE = Path(__file__).parents[2] / "examples" / "order-to-delivery.chain.yaml"


def program(code: str, *arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True, text=True, check=False, env=environment(), **options,  # type: ignore[call-overload]
    )  # fmt: skip


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A small chain with a letter that ASCII has not."""
    path = tmp_path / "small.chain.yaml"
    qc.write_chain(qc.what_if(two_steps(), {"Shop": {"name": "Käse"}}), path)
    return path


def environment() -> dict[str, str]:
    source = str(Path(qc.__file__).parents[1])
    return {**os.environ, "PYTHONPATH": source, "PYTHONWARNINGS": "error"}


def loaded(heavy: tuple[str, ...], *arguments: str) -> list[str]:
    """Which of these modules a command has loaded when it ends."""
    code = (
        "import sys, atexit\n"
        f"heavy = {heavy!r}\n"
        "atexit.register(lambda: print('LOADED', *(m for m in heavy if m in sys.modules), file=sys.stderr))\n" + START
    )
    done = program(code, *arguments)
    assert done.returncode == 0
    *_, last = done.stderr.splitlines()
    assert last.startswith("LOADED")
    return last.split()[1:]


@pytest.mark.parametrize("arguments", [["--help"], ["show", "--help"], ["discover", "--help"], ["--version"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    assert loaded(HEAVY, *arguments) == []


def test_a_check_of_what_needs_only_quality_loads_no_more_than_that_takes(tmp_path: Path) -> None:
    path = tmp_path / "small.chain.yaml"
    wanted = [{"customer": "Shop", "measure": "defect_rate", "at_most": 0.05}]
    qc.write_chain(two_steps(requirements=wanted), path)
    assert loaded(NOT_FOR_QUALITY, "check", str(path)) == []


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_an_interrupt_ends_with_130_and_leaves_no_half_file(tmp_path: Path) -> None:
    out = tmp_path / "out.html"
    code = (
        # a parent that ignores interrupts, as a background job does, hands that on
        "import signal\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "import qualitychain.reporting.content.report as r\n"
        "def wait(*_, **__):\n"
        "    import time\n"
        "    print('waiting', flush=True)\n"
        "    time.sleep(600)\n"
        "r.content_of = wait\n" + START
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, "report", str(EXAMPLE), "-o", str(out)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(),
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stdout.readline() == "waiting\n"
    child.send_signal(signal.SIGINT)
    _, errors = child.communicate()
    assert child.returncode == 130
    assert errors == "interrupted\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_behind_standard_output_is_one_line(small: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", START, "check", str(small)],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False, env=environment(),
        )  # fmt: skip
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


def test_a_reader_that_stops_early_causes_no_traceback(small: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", START, "show", str(small)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(),
    )  # fmt: skip
    assert child.stdout is not None
    child.stdout.close()
    assert child.stderr is not None
    errors = child.stderr.read()
    child.stderr.close()
    assert child.wait() == 141
    assert errors == ""


def test_a_terminal_that_knows_only_ascii_gets_text_all_the_same(small: Path) -> None:
    done = program(START, "check", "-", input="name: Käse\nsuppliers: [{name: S}]\n")
    assert done.returncode == 2
    narrow = subprocess.run(
        [sys.executable, "-c", START, "show", str(small)],
        capture_output=True, check=False, env={**environment(), "PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert narrow.returncode == 0
    narrow.stdout.decode("ascii")
