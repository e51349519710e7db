"""``init`` and ``schema``: commands that write a file to start from, and the schema of the file."""

from __future__ import annotations

import click

from qualitychain.cli.destination import force_option, is_schema, refuse_loss
from qualitychain.cli.program import say, write


@click.command()
@click.argument("path", default="my-process.chain.yaml")
@force_option
def init(path: str, force: bool) -> None:
    """Write a small commented model to start from (default my-process.chain.yaml)."""
    from qualitychain.files.starter import starter_text

    if path.lower().endswith(".json"):
        raise click.UsageError(
            "the model to start from has comments, which JSON cannot hold; end its name in .chain.yaml"
        )
    refuse_loss(path, force=force, what="model")
    write(path, starter_text().replace("FILE", path if path != "-" else "my-process.chain.yaml"))
    if path != "-":
        say(f"Wrote {path}. Next: qualitychain check {path}")


@click.command()
@click.option("-o", "--output", default="-", show_default=True, help="Where to write it; - is standard output.")
@force_option
def schema(output: str, *, force: bool) -> None:
    """Write the JSON Schema of chain files, for editors that complete and check."""
    import json

    from qualitychain.files.schema import json_schema

    refuse_loss(output, force=force, what="schema", earlier=is_schema)
    write(output, json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n")
