"""The command line within the process of the tests."""

from __future__ import annotations

import inspect
from typing import Any

from click.testing import CliRunner, Result

from qualitychain.cli import main

# before click 8.2, what goes to standard error was put among the output unless told otherwise
_APART: dict[str, Any] = {"mix_stderr": False} if "mix_stderr" in inspect.signature(CliRunner).parameters else {}


def run(*arguments: object, stdin: bytes | None = None) -> Result:
    """What a command writes, and its exit code."""
    return CliRunner(**_APART).invoke(main, [str(a) for a in arguments], input=stdin, prog_name="qualitychain")
