"""What all tests share: reproducible property tests and the folder of real data."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "ci", derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("ci")


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of public event logs named by QUALITYCHAIN_DATA; tests that read them skip without it."""
    named = os.environ.get("QUALITYCHAIN_DATA", "")
    if not named:
        pytest.skip("set QUALITYCHAIN_DATA to the folder of event logs to run this")
    folder = Path(named)
    if not folder.is_dir():
        pytest.fail(f"QUALITYCHAIN_DATA names {named!r}, which is not a folder")
    return folder
