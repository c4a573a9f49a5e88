"""Friedman's test, the declared contrasts and their correction."""

import numpy as np
import pytest
from scipy.stats import friedmanchisquare, wilcoxon

from qml_core.errors import SpecError
from qml_core.optimisation.comparison.tests_of_seeds import (
    DECLARED,
    Contrast,
    average_ranks,
    contrasts,
    friedman,
    holm,
)

NAMES = ("qaoa", "anneal", "random", "tpe")


def areas(*shifts: float, seeds: int = 15) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {n: 0.5 + s + rng.normal(0, 0.1, seeds) for n, s in zip(NAMES, shifts, strict=True)}


def test_two_contrasts_are_declared() -> None:
    assert DECLARED == (("qaoa", "anneal"), ("qaoa", "random"))


def test_friedman_of_a_table_by_hand() -> None:
    """Ranks 1, 2, 3 in three of four seeds and 1, 3, 2 in one: sums 4, 9, 11."""
    found = friedman(
        {"a": np.array([1, 1, 1, 1.0]), "b": np.array([2, 2, 2, 3.0]), "c": np.array([3, 3, 3, 2])}
    )
    assert found.ranks == {"a": 1.0, "b": 2.25, "c": 2.75}
    assert found.statistic == pytest.approx(12 / (4 * 3 * 4) * (16 + 81 + 121) - 3 * 4 * 4)
    assert found.p == pytest.approx(np.exp(-found.statistic / 2))


def test_friedman_is_that_of_scipy_with_ties() -> None:
    table = {n: np.round(of, 1) for n, of in areas(0, 0.05, 0.1, 0.1).items()}
    found = friedman(table)
    assert found.p == pytest.approx(friedmanchisquare(*table.values()).pvalue)
    assert sum(found.ranks.values()) == pytest.approx(10)


def test_where_all_searchers_tie_friedman_finds_nothing() -> None:
    found = friedman({name: np.arange(12.0) for name in NAMES})
    assert (found.p, set(found.ranks.values())) == (1.0, {2.5})


def test_friedman_needs_three_searchers() -> None:
    with pytest.raises(SpecError, match="it needs 3"):
        friedman({"qaoa": np.ones(3), "random": np.ones(3)})


def test_holm_by_hand() -> None:
    np.testing.assert_allclose(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02])
    np.testing.assert_allclose(holm([0.03, 0.04]), [0.06, 0.06])
    np.testing.assert_allclose(holm([0.7, 0.9]), [1.0, 1.0])
    assert holm([]).shape == (0,)


def test_the_contrasts_are_wilcoxons_of_the_differences_corrected_for_each_other() -> None:
    table = areas(0.0, 0.04, 0.2, 0.0)
    found = contrasts(table)
    assert [(one.first, one.second) for one in found] == list(DECLARED)
    p = [wilcoxon(table["qaoa"] - table[o], method="exact").pvalue for o in ("anneal", "random")]
    assert [one.p for one in found] == pytest.approx(p)
    assert [one.corrected for one in found] == pytest.approx(holm(p))
    assert [one.estimate for one in found] == pytest.approx([-0.04, -0.2], abs=0.1)
    assert (found[1].direction, found[1].outcome()) == (-1, -1)


@pytest.mark.parametrize(("corrected", "outcome"), [(0.08, 0), (0.05, -1)])
def test_a_contrast_counts_by_its_corrected_p(corrected: float, outcome: int) -> None:
    one = Contrast("qaoa", "random", 0.04, corrected, -0.1, -0.2, 0.0, -1, 12, 0)
    assert one.outcome(0.05) == outcome


def test_searchers_beside_the_declared_ones_change_no_contrast() -> None:
    table = areas(0.0, 0.04, 0.2, 0.0)
    assert contrasts(table) == contrasts({n: table[n] for n in ("random", "anneal", "qaoa")})


def test_identical_searchers_give_p_one() -> None:
    found = contrasts({name: np.linspace(0, 1, 12) for name in NAMES})
    assert [(one.p, one.corrected, one.outcome(), one.zeros) for one in found] == [
        (1, 1, 0, 12)
    ] * 2


def test_of_alike_searchers_seldom_one_is_found_better() -> None:
    """The family-wise error is 5 %: of 400 comparisons about 20."""
    rng = np.random.default_rng(0)
    found = 0
    for _ in range(400):
        table = {name: rng.gamma(2.0, 0.1, 12) for name in NAMES}
        found += any(one.outcome() for one in contrasts(table))
    assert 4 <= found <= 34


@pytest.mark.parametrize(
    "table",
    [
        {"qaoa": np.ones(3), "random": np.ones(4)},
        {"qaoa": np.ones(2), "random": np.array([1.0, np.nan])},
        {"qaoa": np.ones(0), "random": np.ones(0)},
    ],
)
def test_areas_that_cannot_be_paired_are_refused(table) -> None:
    with pytest.raises(SpecError):
        contrasts(table)


def test_average_ranks_share_ties() -> None:
    assert average_ranks({"a": np.array([1.0, 2.0]), "b": np.array([1.0, 1.0])}) == {
        "a": 1.75,
        "b": 1.25,
    }
