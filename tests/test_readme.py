"""What the README shows is run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

README = Path(__file__).parent.parent / "README.md"


def test_the_example_of_the_readme_prints_what_the_readme_says(capsys: pytest.CaptureFixture[str]) -> None:
    text = README.read_text(encoding="utf-8")
    [block] = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    [output] = re.findall(r"```text\n(.*?)```", text, flags=re.DOTALL)
    exec(compile(block, str(README), "exec"), {"__name__": "readme"})  # noqa: S102  our own text
    assert capsys.readouterr().out == output


def test_the_readme_has_exactly_two_set_up_commands() -> None:
    text = README.read_text(encoding="utf-8")
    assert len(re.findall(r"^pip install", text, flags=re.MULTILINE)) == 2
