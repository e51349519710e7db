"""The command line: arguments, output and exit codes only.

Contract for the next author: nothing here imports numpy, pandas or any other heavy package before a command
runs, so that ``--help`` is immediate; a command is a module that imports what it needs inside its function.
"""

from __future__ import annotations

import click

from qualitychain import __version__
from qualitychain.cli.check_command import check
from qualitychain.cli.discover_command import discover
from qualitychain.cli.file_commands import init, schema
from qualitychain.cli.program import Program
from qualitychain.cli.report_command import report
from qualitychain.cli.show_command import show


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Show the traceback of an internal error.")
@click.version_option(__version__, prog_name="qualitychain")
def main(debug: bool) -> None:
    """Process chains of suppliers, departments and customers: quality, bottlenecks, and what customers feel.

    FILE is a chain file (.chain.yaml or .chain.json), or - for standard input.

    Exit codes: 0 met or done, 1 a requirement is not met, 2 file, usage or analysis impossible, 3 internal
    error, 130 interrupted.
    """
    del debug  # read by Program from the context


for command in (init, report, show, check, discover, schema):
    main.add_command(command)

__all__ = ["main"]
