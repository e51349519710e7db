"""A changed chain to try, without the warnings that were said of the chain itself."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from qualitychain.errors import ChainWarning
from qualitychain.model.chain.chain import Chain
from qualitychain.model.chain.change import what_if


def changed(chain: Chain, changes: Mapping[str, Mapping[str, Any]] | None = None, **kwargs: Any) -> Chain:
    """``what_if`` without warnings: what a trial chain warns of was said of the chain itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ChainWarning)
        return what_if(chain, changes, **kwargs)
