"""Charts of a QAOA: the histogram of the energies, the graph, the tuning."""

import re

import numpy as np
import pytest
from report_searches import maxcut, qubo

from qml_core.errors import SpecError
from qml_core.evaluation.report.graph_picture import graph_picture
from qml_core.evaluation.report.plot import BOTTOM, TOP, across
from qml_core.evaluation.report.qaoa_charts import (
    angle_plot,
    energy_histogram,
    objective_plot,
    qaoa_parts,
)


def heights(plot, style):
    """Values of the bars of a style, from their path."""
    (mark,) = [mark for mark in plot.marks if mark.style == style]
    tops = np.array(re.findall(r"V([\d.]+)H", mark.path), dtype=float)
    return (BOTTOM - tops) / (BOTTOM - TOP) * plot.y.high


def test_bars_are_shares_of_the_shots_one_per_whole_energy():
    found = maxcut()
    plot = energy_histogram(found)
    energies = np.arange(found.energies.min(), found.energies.max() + 1)
    expected = [found.counts[found.energies == e].sum() / found.counts.sum() for e in energies]
    np.testing.assert_allclose(heights(plot, "quantum fill"), expected, atol=1e-3)
    assert plot.x.low == energies[0] - 0.5


def test_infeasible_samples_and_random_guesses_are_told_apart():
    plot = energy_histogram(qubo())
    found = qubo()
    share = found.counts[~found.kept].sum() / found.counts.sum()
    assert heights(plot, "baseline fill").sum() == pytest.approx(share, abs=0.01)
    assert heights(plot, "reference").sum() == pytest.approx(1.0, abs=0.02)
    names = [name for _, name in plot.legend]
    assert names[:3] == ["feasible samples", "infeasible samples", "random guesses"]
    assert "infeasible samples" not in [n for _, n in energy_histogram(maxcut()).legend]


def test_guesses_count_by_their_weight():
    weights = np.array([3.0, 1.0])
    found = maxcut(guess_energies=np.array([-20.0, -10.0]), guess_weights=weights)
    bars = heights(energy_histogram(found), "reference")
    np.testing.assert_allclose(sorted(bars)[-2:], [0.25, 0.75], atol=1e-3)


def test_expectation_and_optimum_stand_where_they_are():
    found = maxcut()
    plot = energy_histogram(found)
    for value, style in ((found.expectation, "validation line"), (found.optimum, "mean")):
        (mark,) = [mark for mark in plot.marks if mark.style == style]
        x = float(re.match(r"M([\d.]+)", mark.path)[1])
        assert x == pytest.approx(float(across(plot.x, value)), abs=0.06)
    without = energy_histogram(maxcut(optimum=None))
    assert "optimum" not in [name for _, name in without.legend]
    assert "of the shots are optimal" not in without.caption


def test_one_energy_alone_still_has_a_histogram():
    one = np.array([-3.0])
    found = maxcut(energies=one, counts=np.array([9]), guess_energies=None, expectation=-3.0,
                   optimum=-3.0)  # fmt: skip
    assert heights(energy_histogram(found), "quantum fill").tolist() == pytest.approx([1.0], 1e-3)
    assert found.optimal_shots == 1.0


def test_infeasible_samples_below_the_optimum_are_not_optimal():
    found = maxcut(
        energies=np.array([-30.0, -20.0, -10.0]),
        counts=np.array([5, 2, 3]),
        feasible=np.array([False, True, True]),
        optimum=-20.0,
    )
    assert found.optimal_shots == pytest.approx(0.2)


def test_cut_edges_are_those_between_the_two_sides():
    found = maxcut()
    picture = graph_picture(found)
    bits = found.best_bits
    cut = sum(bits[u] != bits[v] for u, v, _ in found.edges)
    marks = {mark.style: mark.path.count("M") for mark in picture.edges}
    assert marks == {"cut-edge": cut, "edge": len(found.edges) - cut}
    assert [node.chosen for node in picture.nodes] == bits.astype(bool).tolist()


@pytest.mark.parametrize(
    ("kind", "violated"), [("independent_set", (1, 1)), ("vertex_cover", (0, 0))]
)
def test_violated_edges_of_sets_and_covers_stand_out(kind, violated):
    found = maxcut(kind=kind)
    bits = found.best_bits
    count = sum((bits[u], bits[v]) == violated for u, v, _ in found.edges)
    marks = {mark.style: mark.path.count("M") for mark in graph_picture(found).edges}
    assert marks.get("violated", 0) == count


def test_nodes_lie_inside_the_picture_and_apart():
    for nodes in (4, 10, 30, 60):
        at = np.array([[float(n.x), float(n.y)] for n in graph_picture(maxcut(nodes)).nodes])
        assert np.all((at >= 10) & (at <= [350, 290]))
        apart = np.linalg.norm(at[:, None] - at, axis=-1) + 1e9 * np.eye(len(at))
        assert apart.min() > 3


def test_graphs_too_large_for_a_picture_and_qubos_have_tables():
    assert qaoa_parts(maxcut(62))["qaoa_graph"] is None
    parts = qaoa_parts(qubo())
    assert parts["qaoa_graph"] is None
    assert dict(parts["qaoa_bits"])["asset 3"] == 1
    found = qubo()
    assert abs(parts["qaoa_terms"][0][1]) == max(
        abs(c) for wires, c in found.terms.items() if wires
    )
    for term, coefficient, added in parts["qaoa_terms"]:
        wires = [int(w) for w in re.findall(r"asset (\d+)", term)]
        assert added == pytest.approx(coefficient * (-1.0) ** found.best_bits[wires].sum())


def test_there_is_nothing_to_draw_of_one_evaluation_or_one_layer():
    found = maxcut(history=np.array([1.0]), gammas=np.array([0.3]), betas=np.array([0.3]))
    assert objective_plot(found) is None
    assert angle_plot(found) is None
    assert objective_plot(maxcut(history=np.array([np.nan, np.nan]))) is None


@pytest.mark.parametrize(
    "fields",
    [
        {"counts": np.ones(3, dtype=np.int64)},
        {"energies": np.array([]), "counts": np.array([], dtype=np.int64)},
        {"betas": np.zeros(2)},
        {"best_bits": np.zeros(3, dtype=np.uint8)},
        {"labels": ("a",)},
    ],
)
def test_a_qaoa_that_does_not_fit_together_is_refused(fields):
    with pytest.raises(SpecError):
        maxcut(**fields)
