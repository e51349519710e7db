"""``check``: the verdict on a chain, as an exit code."""

from __future__ import annotations

import click

from qualitychain.cli.program import IMPOSSIBLE, MET, NOT_MET, emit, read, say, shift_option


@click.command()
@click.argument("file")
@shift_option
@click.option("--advice", is_flag=True, help="Hold promised times of handoffs against the requirements too.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
def check(file: str, shift: float, advice: bool, format_: str) -> None:
    """Judge FILE by its structure and by its own requirements.

    Exit code 0: all met. 1: a requirement is not met. 2: the file cannot be read, or one cannot be judged.
    """
    chain = read(file)
    from qualitychain.checks.check import check as judge

    verdict = judge(chain, shift=shift, advice=advice)
    if format_ == "json":
        import json

        data = {**verdict.to_dict(), "ok": verdict.ok}
        emit(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
    else:
        shown = "<stdin>" if file == "-" else file
        *found, count = verdict.summary().splitlines()
        say("\n".join([*(f"{shown}: {line}" for line in found), count]))
    codes = {one.code for one in verdict.found}
    click.get_current_context().exit(IMPOSSIBLE if "QC102" in codes else MET if verdict.ok else NOT_MET)
