"""Charts of a search: staircases, parallel coordinates, couplings."""

import re

import numpy as np
import pytest
from report_searches import LEVELS, search, surrogate, trial

from qml_core.errors import SpecError
from qml_core.evaluation.report.coupling_map import (
    level_map,
    one_hot_matrix,
    pair_map,
    pair_strengths,
    zero_sum,
)
from qml_core.evaluation.report.parallel_coordinates import parallel_coordinates, shortened
from qml_core.evaluation.report.plot import BOTTOM, LEFT, RIGHT, TOP, up
from qml_core.evaluation.report.search import SearcherCosts, SurrogatePicture
from qml_core.evaluation.report.search_charts import best_so_far, running_best
from qml_core.evaluation.report.search_words import encoding_words, how_words
from qml_core.references import Proposal

SIZES = (2, 3, 4)


def places(path):
    return np.array(re.findall(r"([\d.]+) ([\d.]+)", path), dtype=float)


def energy(fields, couplings, codes):
    single = sum(field[c] for field, c in zip(fields, codes, strict=True))
    return single + sum(J[codes[i], codes[j]] for (i, j), J in couplings.items())


def test_the_best_so_far_skips_failures_and_follows_the_direction():
    values = np.array([np.nan, 2.0, 3.0, np.nan, 1.0])
    np.testing.assert_array_equal(running_best(values, True), [-np.inf, 2, 3, 3, 3])
    np.testing.assert_array_equal(running_best(values, False), [np.inf, 2, 2, 2, 1])


def test_the_staircase_ends_at_the_best_value_and_failures_stand_at_the_foot():
    found = search()
    plot = best_so_far(found)
    by_style = {mark.style: places(mark.path) for mark in plot.marks}
    top = max(t.value for t in found.finished)
    assert by_style["quantum"][-1, 1] == pytest.approx(float(up(plot.y, top)), abs=0.06)
    assert np.all(np.diff(by_style["quantum"][:, 1]) <= 0)
    assert len(by_style["baseline dots"]) == 3
    assert len(by_style["quantum cloud"]) == 57
    for at in by_style.values():
        assert np.all((at[:, 0] >= LEFT) & (at[:, 0] <= RIGHT))
        assert np.all((at[:, 1] >= TOP) & (at[:, 1] <= BOTTOM))


def test_far_worse_trials_do_not_squash_the_others():
    rng = np.random.default_rng(0)
    losses = rng.random(40)
    losses[5] = 1e6
    trials = tuple(trial(k, (0, 0, 0, 0, 0), float(v)) for k, v in enumerate(losses))
    plot = best_so_far(search(trials=trials, maximised=False))
    assert plot.y.high < 3
    assert "far worse trials are drawn at the edge" in plot.caption


def test_a_line_per_trial_passes_its_levels_the_best_one_last():
    found = search(count=20)
    lines = parallel_coordinates(found)
    assert len(lines.marks) == 20
    assert lines.marks[-1].style == "best-line"
    best = found.top(1)[0]
    path = places(lines.marks[-1].path)
    assert len(path) == len(LEVELS) + 1
    for axis, code, (x, y) in zip(lines.axes, best.codes, path, strict=False):
        assert float(axis.x) == x
        assert float(axis.ticks[code][0]) == pytest.approx(y, abs=5)
    assert sum(mark.style == "failed-line" for mark in lines.marks) == 2


def test_of_very_many_trials_the_best_are_all_drawn():
    rng = np.random.default_rng(0)
    trials = tuple(trial(k, (0, 0, 0, 0, 0), float(v)) for k, v in enumerate(rng.random(3000)))
    lines = parallel_coordinates(search(trials=trials))
    assert len(lines.marks) == 400
    assert lines.left_out == 2600


def test_names_are_shortened_from_the_front():
    assert shortened("kernel.encoding.bandwidth", 12) == "bandwidth"
    assert shortened("colsample_bytree_by_level", 10) == "colsample…"
    assert shortened("C") == "C"


def test_the_zero_sum_gauge_changes_energies_by_a_constant_only():
    found = surrogate(SIZES)
    fields, couplings = zero_sum(found.fields, found.couplings)
    codes = [tuple(c) for c in np.ndindex(SIZES)]
    before = np.array([energy(found.fields, found.couplings, c) for c in codes])
    after = np.array([energy(fields, couplings, c) for c in codes])
    np.testing.assert_allclose(after - after.mean(), before - before.mean(), atol=1e-12)
    assert after.mean() == pytest.approx(0.0, abs=1e-12)
    for J in couplings.values():
        np.testing.assert_allclose([*J.sum(0), *J.sum(1)], 0.0, atol=1e-12)


def test_a_coupling_that_fields_could_say_has_no_strength():
    rows, columns = np.array([1.0, -2.0]), np.array([0.5, 3.0, 1.0])
    found = SurrogatePicture(
        "sparse_bayes", (np.zeros(2), np.zeros(3)), {(0, 1): rows[:, None] + columns}
    )
    strengths = pair_strengths(found)
    assert strengths[0, 1] == pytest.approx(0.0, abs=1e-12)
    assert strengths[0, 0] == pytest.approx(np.linalg.norm(rows - rows.mean()))


def test_cells_are_as_strong_as_their_share_of_the_largest():
    found = surrogate(SIZES)
    strengths = pair_strengths(found)
    cells = pair_map(found, ("a", "b", "c")).cells
    assert len(cells) == 6
    shares = {cell.words.split(":")[0]: int(cell.text) for cell in cells}
    assert shares["a × c"] == round(100 * strengths[0, 2] / strengths.max())
    assert max(shares.values()) == 100


def test_signs_of_levels_have_colours_of_their_own():
    found = surrogate(SIZES)
    matrix = one_hot_matrix(found)
    np.testing.assert_array_equal(matrix, matrix.T)
    levels = tuple(tuple(range(k)) for k in SIZES)
    picture = level_map(found, ("a", "b", "c"), levels)
    assert len(picture.rows) == sum(SIZES)
    raising = {c.words for c in picture.cells if c.style == "raising"}
    for words in raising:
        assert "−" not in words.split(": ")[1]
    assert len(raising) < len(picture.cells)


def test_of_many_variables_the_most_strongly_coupled_are_shown():
    picture = pair_map(surrogate([2] * 50), [f"x{k}" for k in range(50)])
    assert len(picture.rows) == 40
    assert picture.left_out == 10


def test_only_searchers_with_a_surrogate_say_how_a_black_box_becomes_a_hamiltonian():
    assert "Ising polynomial" in how_words(search())
    assert "control" in how_words(search(searcher="anneal"))
    assert how_words(search(searcher="tpe")) == ""
    for encoding, said in (("one_hot", "XY"), ("binary", "penalty"), ("blocks", "a block of")):
        words = encoding_words(search(surrogate=surrogate(SIZES, encoding=encoding, note="Why.")))
        assert said in words
        assert words.endswith("The circuit has 9 qubits. Why.")
    assert encoding_words(search(surrogate=None)) == ""


def test_the_costs_of_a_searcher_are_those_of_its_rounds():
    rounds = (
        Proposal(round=0, codes=((0,),), source=("design",), seconds=1.0),
        Proposal(round=1, codes=((1,), (2,)), source=("searcher", "random"), seconds=2.0,
                 samples=100, infeasible=7, evaluations=10, circuits=11, usd=0.5),
    )  # fmt: skip
    expected = SearcherCosts(
        samples=100, infeasible=7, evaluations=10, circuits=11, usd=0.5, seconds=3.0, filled=1
    )
    assert SearcherCosts.of(rounds) == expected


@pytest.mark.parametrize(
    "fields",
    [
        {"names": ("a",)},
        {"names": (), "levels": (), "trials": ()},
        {"levels": (*tuple(LEVELS.values())[:-1], (False,))},
    ],
)
def test_a_search_that_does_not_fit_together_is_refused(fields):
    with pytest.raises(SpecError):
        search(**fields)


def test_a_coupling_that_does_not_fit_its_variables_is_refused():
    for pair in ((0, 1), (1, 0), (0, 9)):
        with pytest.raises(SpecError, match="coupling of variables"):
            SurrogatePicture("x", (np.zeros(2), np.zeros(3)), {pair: np.zeros((3, 3))})
