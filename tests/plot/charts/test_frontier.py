import numpy as np
import pytest
from matplotlib.figure import Figure

from qualitychain.plot.charts.frontier import frontier


def test_the_outcome_of_the_smaller_budget_holds_until_the_next():
    ax = frontier([0, 5, 10], [0.3, 0.2, 0.1], [0.3, 0.2, 0.1], ax=Figure().add_subplot())
    (line,) = ax.lines
    assert line.get_drawstyle() == "steps-post"
    assert np.allclose(line.get_ydata(), [0.3, 0.2, 0.1])
    assert not ax.collections


def test_a_gap_is_shaded_and_an_infinite_bound_is_not():
    assert len(frontier([0, 5], [0.3, 0.2], [0.3, 0.1], ax=Figure().add_subplot()).collections) == 1
    assert not frontier([0, 5], [0.3, 0.2], [0.3, -np.inf], ax=Figure().add_subplot()).collections


def test_words_are_taken_literally():
    ax = frontier([0], [1], [1], ax=Figure().add_subplot(), title="$x$", ylabel="$y$", chosen=(0, 1))
    ax.figure.canvas.draw()
    assert ax.get_title() == "$x$"


def test_lists_of_unequal_length_are_refused():
    with pytest.raises(ValueError, match="one value and one bound per budget"):
        frontier([0, 1], [1], [1], ax=Figure().add_subplot())


def test_the_line_goes_through_the_choice_and_rates_are_in_per_cent() -> None:
    ax = frontier([0, 10000, 20000], [0.3, 0.2, 0.1], [0.3, 0.2, 0.1], chosen=(15000, 0.1), rate=True, ylabel="rate")
    assert list(zip(*(np.asarray(v).tolist() for v in ax.lines[0].get_data()), strict=True))[2] == (15000, 0.1)
    ax.figure.canvas.draw()
    assert "20,000" in [text.get_text() for text in ax.get_xticklabels()]
    assert "20 %" in [text.get_text() for text in ax.get_yticklabels()]
