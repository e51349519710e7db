"""The whole analysis of a chain as one HTML file that needs nothing else."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from qualitychain.analysis.base.study import SHIFT
from qualitychain.files.atomic import atomic_write_text
from qualitychain.model.chain.chain import Chain
from qualitychain.reporting.compute.analyses import Progress
from qualitychain.reporting.content.content import content_of
from qualitychain.reporting.page.escaping import escaped


def report(
    chain: Chain,
    path: str | os.PathLike[str],
    *,
    shift: float = SHIFT,
    progress: Progress | None = None,
) -> Path:
    """Report on a chain: what each customer gets, the map, what matters most, and every table, in one file.

    The file holds no script, reaches for nothing on a network and has the same bytes for the same chain.

    Parameters
    ----------
    chain : Chain
    path : str or path-like
        Where to write it; an existing file is replaced when all is written.
    shift : float
        The shift between long-term and short-term sigma, in standard deviations.
    progress : callable, optional
        Called with (done, all) as the effects of the handoffs, then the parts about time, are gone through.

    Returns
    -------
    Path
        Where it was written.

    Raises
    ------
    AnalysisError
        When the quality of the chain cannot be solved.
    OSError
        When the file cannot be written; the old one is then whole.

    See Also
    --------
    report_html : the page as text, for a notebook or a server.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import qualitychain as qc
    >>> chain = qc.Chain("Two steps", suppliers=[qc.Supplier("S")], departments=[qc.Department("D")],
    ...                  customers=[qc.Customer("K")],
    ...                  handoffs=[qc.Handoff("S", "D", defect_rate=0.02),
    ...                            qc.Handoff("D", "K", defect_rate=0)])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     report(chain, pathlib.Path(folder, "two-steps.html")).name
    'two-steps.html'
    """
    page = report_html(chain, shift=shift, progress=progress)
    atomic_write_text(path, page)
    return Path(path)


def report_html(chain: Chain, *, shift: float = SHIFT, progress: Progress | None = None) -> str:
    """The report on a chain as the text of an HTML page.

    Parameters
    ----------
    chain : Chain
    shift : float
        The shift between long-term and short-term sigma, in standard deviations.
    progress : callable, optional
        Called with (done, all) as the effects of the handoffs, then the parts about time, are gone through.

    Returns
    -------
    str

    Raises
    ------
    AnalysisError
        When the quality of the chain cannot be solved.

    See Also
    --------
    report : writes it to a file.

    Examples
    --------
    >>> import qualitychain as qc
    >>> chain = qc.Chain("Two steps", suppliers=[qc.Supplier("S")], departments=[qc.Department("D")],
    ...                  customers=[qc.Customer("K")],
    ...                  handoffs=[qc.Handoff("S", "D", defect_rate=0.02),
    ...                            qc.Handoff("D", "K", defect_rate=0)])
    >>> page = report_html(chain)
    >>> page.startswith("<!doctype html>"), "<script" in page
    (True, False)
    """
    content = content_of(chain, shift=shift, progress=progress)
    style = resources.files("qualitychain.reporting").joinpath("templates", "report.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    return _environment().get_template("report.html.j2").render(c=content, style=style, digest=digest) + "\n"


_PERCENT = re.compile("([0-9]) %")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("qualitychain.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )


def _shown(value: Any) -> Any:
    """What a template prints: without characters that a screen would obey, figures beside their per cent."""
    if not isinstance(value, str) or hasattr(value, "__html__"):
        return value
    return _PERCENT.sub("\\1\u00a0%", escaped(value))
