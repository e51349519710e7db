"""``show``: what there is to say of a chain, its tables as text, JSON or CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from qualitychain.cli.program import complain, emit, read, say, shift_option, write
from qualitychain.cli.progress import progress_bar
from qualitychain.near import did_you_mean

if TYPE_CHECKING:
    from qualitychain.cli.tables import Tables


def _table_name(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """The name of a table; another is refused with the one that was meant, and where all are listed."""
    from qualitychain.cli.table_words import table_words

    names = list(table_words()) if value is not None else []
    if value is not None and value not in names:
        said = f"there is no table '{value}'{did_you_mean(value, names)} ('show --help' lists all)"
        raise click.BadParameter(said, context, parameter)
    return value


class WithTables(click.Command):
    """A command whose help lists every table."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The tables, with what each holds."""
        from qualitychain.cli.table_words import table_words

        del ctx
        with formatter.section("Tables"):
            formatter.write_dl(list(table_words().items()))


@click.command(cls=WithTables)
@click.argument("file")
@click.option("--table", callback=_table_name, metavar="NAME", help="Only this table, all of its rows.")
@click.option("--all", "all_", is_flag=True, help="Every summary and every table.")
@click.option("--format", "format_", type=click.Choice(["text", "json", "csv"]), default="text", show_default=True)
@click.option(
    "-o",
    "--output",
    metavar="FOLDER",
    help="CSV: write a file for each table, and columns.csv with the units, into this folder.",
)
@click.option(
    "--escape-formulas/--no-escape-formulas",
    default=True,
    show_default=True,
    help="CSV: put ' before text that a spreadsheet would take for a formula.",
)
@shift_option
def show(
    file: str, *, table: str | None, all_: bool, format_: str, output: str | None, escape_formulas: bool, shift: float
) -> None:
    """Show the summaries of FILE and which tables there are; one table, or all."""
    if all_ and table is not None:
        raise click.UsageError("give --table NAME or --all, not both")
    if output is not None and (format_ != "csv" or table is not None):
        raise click.UsageError("-o is for all tables as CSV: --format csv -o FOLDER; redirect the output of the others")
    if format_ == "csv" and table is None and output is None:
        raise click.UsageError("a CSV holds one table: add --table NAME, or -o FOLDER for a file of each")
    chain = read(file)
    from qualitychain.analysis.base.study import Study
    from qualitychain.cli import writers
    from qualitychain.cli.tables import Tables

    with progress_bar("analysis") as progress:
        tables = Tables(Study(chain, shift=shift, progress=progress, unasked=table is None))
        if format_ == "csv":
            if output is not None:
                _into_folder(tables, file, output, escape=escape_formulas)
                return
            from qualitychain.cli.csv_tables import as_csv

            text = as_csv(tables.frame(str(table)), escape=escape_formulas)
        elif format_ == "json":
            text = writers.all_json(tables) if table is None else writers.table_json(tables, table)
        elif table is not None:
            text = writers.table_text(tables, table)
        else:
            text = writers.all_text(tables) if all_ else writers.brief_text(tables)
    (say if format_ == "text" else emit)(text)


def _into_folder(tables: Tables, file: str, folder: str, *, escape: bool) -> None:
    """Write every table into a folder of its own; nothing before all are worked out."""
    from pathlib import Path

    from qualitychain.cli import writers
    from qualitychain.cli.csv_tables import COLUMNS, as_csv, columns_csv

    frames, without = writers.all_frames(tables)
    texts = {name: as_csv(frame, escape=escape) for name, frame in frames.items()}
    texts[COLUMNS] = columns_csv([tables.spec(name) for name in frames], tables.study.units)
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        write(str(target / f"{name}.csv"), text)
    # the folder is of this chain: a table that it does not have must not be left from another
    for name in without:
        (target / f"{name}.csv").unlink(missing_ok=True)
    for sentence in dict.fromkeys(without.values()):
        complain(f"{file}: {sentence}")
    say(f"Wrote {len(frames)} tables and {COLUMNS}.csv to {folder}")
