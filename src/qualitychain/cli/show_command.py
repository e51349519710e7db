"""``show``: what there is to say of a chain, its tables as text, JSON or CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from qualitychain.cli.destination import force_option
from qualitychain.cli.program import complain, emit, read, say, shift_option, write
from qualitychain.cli.progress import progress_bar
from qualitychain.near import did_you_mean

if TYPE_CHECKING:
    from qualitychain.cli.tables import Tables


def _table_names(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Names of tables, each once; another is refused with the one that was meant, and where all are listed."""
    from qualitychain.cli.table_words import table_words

    names = list(table_words()) if values else []
    for value in values:
        if value not in names:
            said = f"there is no table '{value}'{did_you_mean(value, names)} ('show --help' lists all)"
            raise click.BadParameter(said, context, parameter)
    return tuple(dict.fromkeys(values))


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
@click.option(
    "--table",
    "chosen",
    multiple=True,
    callback=_table_names,
    metavar="NAME",
    help="Only this table, all of its rows; as text, several may be asked for.",
)
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
@force_option
@shift_option
def show(
    file: str,
    *,
    chosen: tuple[str, ...],
    all_: bool,
    format_: str,
    output: str | None,
    force: bool,
    escape_formulas: bool,
    shift: float,
) -> None:
    """Show the summaries of FILE and which tables there are; one table, or all."""
    table = chosen[0] if chosen else None
    if len(chosen) > 1 and format_ != "text":
        raise click.UsageError(
            f"{format_} holds one table: give --table once, or --all or -o FOLDER for a file of each"
        )
    if all_ and table is not None:
        raise click.UsageError("give --table NAME or --all, not both")
    if output is not None and (format_ != "csv" or table is not None):
        raise click.UsageError("-o is for all tables as CSV: --format csv -o FOLDER; redirect the output of the others")
    if format_ == "csv" and table is None and output is None:
        raise click.UsageError("a CSV holds one table: add --table NAME, or -o FOLDER for a file of each")
    if output is not None:
        _refuse_foreign(output, force=force)
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
            text = "\n\n".join(writers.table_text(tables, name) for name in chosen)
        else:
            text = writers.all_text(tables) if all_ else writers.brief_text(tables)
    (say if format_ == "text" else emit)(text)


def _refuse_foreign(folder: str, *, force: bool) -> None:
    """Refuse a folder with tables of somebody else's: any CSV file where ours would have left its list of columns."""
    from pathlib import Path

    from qualitychain.cli.csv_tables import COLUMNS
    from qualitychain.cli.table_words import table_words

    target = Path(folder)
    if target.exists() and not target.is_dir():
        raise click.UsageError(f"{folder} is no folder; -o takes one, in which a file of each table is written")
    lost = [name for name in (*table_words(), COLUMNS) if (target / f"{name}.csv").exists()]
    if lost and not force and not (target / f"{COLUMNS}.csv").is_file():
        raise click.UsageError(
            f"{target / f'{lost[0]}.csv'} exists already and is no earlier output; give another folder, or --force to "
            "overwrite it"
        )


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
