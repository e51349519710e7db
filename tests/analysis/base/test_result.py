"""What all results have in common."""

from dataclasses import dataclass, field

import pandas as pd

from qualitychain.analysis.base.result import Result


@dataclass(frozen=True, kw_only=True)
class _Counted(Result):
    table: pd.DataFrame
    empty: pd.DataFrame
    inner: pd.DataFrame = field(repr=False)

    def summary(self) -> str:
        return "Two & more"


def _counted() -> _Counted:
    table = pd.DataFrame({"units": [2.0]}, index=pd.Index(["<b>"], name="customer"))
    return _Counted(table=table, empty=table.head(0), inner=table, exact=True, method="", assumptions=())


def test_print_shows_the_summary_and_where_the_tables_are():
    assert str(_counted()) == "Two & more\n(_Counted; tables: .table)"


def test_a_result_without_tables_prints_its_summary_alone():
    result = _counted()
    bare = _Counted(table=result.empty, empty=result.empty, inner=result.inner, exact=True, method="", assumptions=())
    assert str(bare) == "Two & more"


def test_a_notebook_shows_the_tables_that_hold_anything_and_escapes_them():
    shown = _counted()._repr_html_()
    assert shown.count("<table") == 1
    assert "empty" not in shown
    assert "inner" not in shown
    assert "Two &amp; more" in shown
    assert "<b>" not in shown
