"""``report``: the whole analysis as one HTML file."""

from __future__ import annotations

import click

from qualitychain.cli.destination import force_option, is_report, refuse_loss
from qualitychain.cli.program import complain, read, refuse_same, say, shift_option, write
from qualitychain.cli.progress import progress_bar


@click.command()
@click.argument("file")
@click.option("-o", "--output", required=True, metavar="OUT.html", help="Where to write it; - is standard output.")
@force_option
@shift_option
def report(file: str, output: str, *, force: bool, shift: float) -> None:
    """Write the whole analysis of FILE as one HTML file that needs nothing else."""
    refuse_same(file, output)
    refuse_loss(output, force=force, what="report", earlier=is_report)
    chain = read(file)
    from qualitychain.analysis.bottlenecks.bottlenecks import bottlenecks
    from qualitychain.reporting.content.report import report_html

    for sentence in bottlenecks(chain).shortfalls():
        complain(f"{file}: {sentence}")
    with progress_bar("analysis") as progress:
        page = report_html(chain, shift=shift, progress=progress)
    write(output, page)
    if output != "-":
        say(f"Wrote {output}")
