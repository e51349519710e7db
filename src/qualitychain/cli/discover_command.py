"""``discover``: a chain file from an event log."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import click

from qualitychain.cli.destination import force_option, refuse_loss
from qualitychain.cli.program import complain, refuse_same, say, write
from qualitychain.cli.progress import stages


def _pairs(_: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, str] | None:
    found = {}
    for value in values:
        column, equals, wanted = value.partition("=")
        if not equals or not column:
            raise click.BadParameter(f"write it as COLUMN=VALUE, got {value!r}", param=parameter)
        found[column] = wanted
    return found or None


def _record(kind: Any, options: dict[str, Any]) -> Any:
    """A record of ``discover`` from the options that bear the names of its fields, which are used up."""
    return kind(**{f.name: options.pop(f.name) for f in fields(kind) if f.name in options})


@click.command()
@click.argument("log")
@click.option("--case", required=True, metavar="COLUMN", help="Column of the case id.")
@click.option("--department", required=True, metavar="COLUMN", help="Column of the department.")
@click.option("--timestamp", required=True, metavar="COLUMN", help="Column of the stamp of completion.")
@click.option("--start", metavar="COLUMN", help="Column of the stamp of the start.")
@click.option("--completed", metavar="COLUMN", help="Column of good amounts.")
@click.option("--rejected", metavar="COLUMN", help="Column of rejected amounts.")
@click.option("--defect", metavar="COLUMN", help="Column that flags a defect, where there are no amounts.")
@click.option(
    "--defect-of",
    type=click.Choice(["visit", "case"]),
    default="visit",
    show_default=True,
    help="What --defect tells of.",
)
@click.option("--rework", metavar="COLUMN", help="Column that flags work done again.")
@click.option("--activity", metavar="COLUMN", help="Column of the activity.")
@click.option(
    "--durations-where",
    multiple=True,
    callback=_pairs,
    metavar="COLUMN=VALUE",
    help="Only rows with it have true durations.",
)
@click.option("--name", help="Name of the chain; default the file's.")
@click.option("--supplier", default="Start", show_default=True, help="Name of where cases come from.")
@click.option("--customer", default="Customer", show_default=True, help="Name of where cases go.")
@click.option(
    "--time-unit",
    type=click.Choice(["second", "minute", "hour", "day", "week"]),
    default="hour",
    show_default=True,
    help="Unit of the chain's times.",
)
@click.option("--source", help="Where the log comes from; default the file's name.")
@click.option("--sep", help="Separator of a CSV file; default found out.")
@click.option("--decimal", help="Decimal mark of a CSV file; default found out.")
@click.option("--encoding", default="utf-8", show_default=True, help="Encoding of a CSV file.")
@click.option("--timestamp-format", help="strptime format of stamps that are not ISO 8601.")
@click.option("--zone", help="Time zone of stamps that name none; default UTC.")
@click.option("-o", "--output", default="-", show_default=True, help="Where to write the chain; - is standard output.")
@force_option
def discover(log: str, output: str, *, force: bool, **options: Any) -> None:
    """Find the chain that the event log LOG (.csv, .xes, .parquet) shows, and write it as a chain file.

    What was read, dropped and assumed is told on standard output (on standard error if the chain goes there).
    """
    refuse_same(log, output)
    refuse_loss(output, force=force, what="chain")
    from qualitychain.discovery.discover import discover as find
    from qualitychain.discovery.records import LogColumns, LogFormat
    from qualitychain.files.writing import chain_text

    with stages() as progress:
        columns, text = (_record(kind, options) for kind in (LogColumns, LogFormat))
        found = find(log, columns=columns, log_format=text, **options, progress=progress)
    write(output, chain_text(found.chain, format="json" if output.lower().endswith(".json") else "yaml"))
    if output == "-":
        for line in found.summary().splitlines():
            complain(line)
    else:
        say(f"{found.summary()}\n\nWrote {output}")
