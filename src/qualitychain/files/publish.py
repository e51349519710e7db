"""Write the published schema and the page about the file anew: ``python -m qualitychain.files.publish``."""

from __future__ import annotations

import json
from pathlib import Path

from qualitychain.files.atomic import atomic_write_text
from qualitychain.files.format_page import schema_markdown
from qualitychain.files.schema import json_schema


def publish(root: Path) -> None:
    """Write both files below the root of the repository.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     publish(Path(folder))
    ...     sorted(file.name for file in Path(folder).glob("*/*"))
    ['chain.schema.json', 'file-format.md']
    """
    for folder in ("schemas", "docs"):
        (root / folder).mkdir(exist_ok=True)
    atomic_write_text(
        root / "schemas" / "chain.schema.json", json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
    )
    atomic_write_text(root / "docs" / "file-format.md", schema_markdown())


if __name__ == "__main__":
    publish(Path.cwd())
