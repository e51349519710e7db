"""The picture of a chain on matplotlib Axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qualitychain.analysis.bottlenecks.bottlenecks import bottlenecks
from qualitychain.analysis.quality.quality import quality
from qualitychain.model.chain.chain import Chain
from qualitychain.reporting.map.chain_map import MOST_EDGES, main_edges, map_records

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw(chain: Chain, ax: Axes | None = None) -> Axes:
    """Draw the map of a chain: who hands what to whom, how well, and how loaded each department is.

    Of more than 45 handoffs and ways of rework it shows those that carry most, and says so in its title.

    Parameters
    ----------
    chain : Chain
    ax : matplotlib Axes, optional
        Where to draw; a new figure of fitting size by default.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    AnalysisError
        When the quality of the chain cannot be solved.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> import qualitychain as qc
    >>> chain = qc.Chain("C", suppliers=[qc.Supplier("Works")], departments=[qc.Department("Store")],
    ...                  customers=[qc.Customer("Shop")],
    ...                  handoffs=[qc.Handoff("Works", "Store", defect_rate=0.02),
    ...                            qc.Handoff("Store", "Shop", defect_rate=0)])
    >>> ax = draw(chain)
    >>> ax.get_title()
    'C'
    >>> ax.figure.clear()
    """
    from qualitychain.plot.chain_map.chain_map import draw_map

    nodes, edges = map_records(chain, quality(chain), bottlenecks(chain))
    shown = main_edges(edges, MOST_EDGES) if len(edges) > MOST_EDGES else edges
    left_out = "" if len(shown) == len(edges) else f" (the {len(shown)} of {len(edges):,} ways that carry most)"
    return draw_map(nodes, shown, ax, title=chain.name + left_out)
