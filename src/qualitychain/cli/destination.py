"""Where output goes: looked at before any work, so that nothing is lost and nothing is worked out in vain."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import click

HEAD = 4096
"""Characters of a file by which an earlier output is known."""

force_option = click.option("--force", is_flag=True, help="Overwrite whatever is there.")


def is_report(head: str) -> bool:
    """Whether a file begins as a report does."""
    return head.startswith("<!doctype html>") and '<meta name="generator" content="qualitychain">' in head


def is_schema(head: str) -> bool:
    """Whether a file begins as the schema of chain files does."""
    return head.startswith("{") and '"title": "A qualitychain chain, version ' in head


def refuse_loss(target: str, *, force: bool, what: str, earlier: Callable[[str], bool] | None = None) -> None:
    """Refuse a file that cannot be written, or that holds anything but an earlier output of the same kind.

    Parameters
    ----------
    target : str
        The file; - is standard output.
    force : bool
        Whether to overwrite whatever is there.
    what : str
        What would be written, in words.
    earlier : callable, optional
        Whether a file that begins so is an earlier output; without it, none may be overwritten.
    """
    if target == "-":
        return
    path = Path(target)
    folder = Path(os.path.realpath(path)).parent
    if not folder.is_dir():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), target)
    if not os.path.lexists(target) or force or not path.is_file():
        return  # what is no file is refused with its kind when it is written
    with path.open(encoding="utf-8", errors="replace") as file:
        head = file.read(HEAD)
    if head and not (earlier is not None and earlier(head)):
        raise click.UsageError(
            f"{target} exists already and is no earlier {what}; give another name, or --force to overwrite it"
            if earlier is not None
            else f"{target} exists already; give another name, or --force to overwrite it"
        )
