from dataclasses import replace

import numpy as np
import pytest

from qml_core.evaluation.judgement.notes import NEAR
from qml_core.evaluation.judgement.power import detectable
from qml_core.evaluation.judgement.verdict import Scored, Terms, judge
from qml_core.optimisation.comparison.tests_of_seeds import holm

TERMS = Terms("accuracy", (), threshold=0.01, alpha=0.05, equivalence=0.95)
RNG = np.random.default_rng(7)
BASE = 0.8 + 0.04 * RNG.normal(size=25)
NOISE = 0.02 * RNG.normal(size=(4, 25))
NOISE -= NOISE.mean(axis=1, keepdims=True)


def _scored(values, *, metric="accuracy", kinds=None, inner=None, usd=None, **more):
    kinds = kinds or {name: "quantum" if name.startswith("q") else "classical" for name in values}
    return Scored(
        values={metric: values} | more,
        inner=inner or {name: float(np.nanmean(v)) for name, v in values.items()},
        kinds=kinds,
        deciding=tuple(name for name in values if kinds[name] == "classical"),
        n_train=80,
        n_test=20,
        rows=100,
        folds=5,
        repeats=5,
        usd=usd or {},
    )


def _one(values, terms=TERMS, **more):
    tests, judgements, recommended = judge(_scored(values, **more), terms)
    return tests, judgements[0], recommended


def test_an_advantage_beats_every_classical_model_by_more_than_the_threshold():
    tests, found, recommended = _one(
        {"q": BASE + 0.1, "a": BASE + NOISE[0], "b": BASE - 0.02 + NOISE[1]}, usd={"q": 30.0}
    )
    assert found.outcome == "advantage"
    assert found.p == found.corrected == max(test.p for test in tests)
    assert found.reference == "a"
    assert (found.samples, found.repeats) == (None, None)
    # 30 dollars for 10 points
    assert found.usd_per_point == pytest.approx(3.0)
    assert recommended == "q"


def test_one_classical_model_that_is_as_good_takes_the_advantage_away():
    """The one it has to beat is not the reference, which the inner score has chosen."""
    values = {"q": BASE + 0.1, "a": BASE + NOISE[0], "b": BASE + 0.1 + NOISE[1]}
    inner = {"q": 0.9, "a": 0.85, "b": 0.8}
    tests, found, _ = _one(values, inner=inner)
    assert found.outcome == "inconclusive"
    assert (found.reference, found.hardest) == ("a", "b")
    assert found.p == max(test.p for test in tests)


def test_any_classical_model_that_is_clearly_better_decides_and_is_named():
    values = {"q": BASE, "a": BASE - 0.1 + NOISE[0], "b": BASE + 0.1 + NOISE[1]}
    _, found, _ = _one(values, inner={"q": 0.8, "a": 0.9, "b": 0.8})
    assert (found.outcome, found.reference) == ("classical better", "b")
    assert found.difference.high < 0
    assert found.notes[0].startswith("b did better on the outer folds")


def test_equal_to_the_reference_is_no_difference_only_where_nothing_else_is_better():
    values = {"q": BASE, "a": BASE + 0.001 * NOISE[0], "b": BASE + 0.07 + 0.01 * NOISE[1]}
    inner = {"q": 0.9, "a": 0.95, "b": 0.94}
    assert _one(values, inner=inner)[1].outcome == "classical better"
    del values["b"]
    assert _one(values, inner=inner)[1].outcome == "no difference"


def test_a_sure_difference_below_the_threshold_is_no_advantage():
    small = 0.001 * NOISE[0]
    _, found, _ = _one({"q": BASE + 0.005 + small, "a": BASE})
    assert found.corrected < 0.05
    assert found.outcome == "no difference"
    assert found.equivalent > 0.95


def test_classical_is_better_where_the_reference_is_by_more_than_the_threshold():
    _, found, recommended = _one({"q": BASE - 0.1 + NOISE[0], "a": BASE, "b": BASE - 0.1})
    assert (found.outcome, recommended) == ("classical better", "a")
    assert found.usd_per_point is None
    assert found.difference.high < 0


def test_errors_are_turned_before_anything_is_tested():
    loss = {"q": 0.3 + 0.1 * NOISE[0], "a": np.full(25, 0.5), "b": np.full(25, 0.6)}
    terms = replace(TERMS, metric="log_loss", threshold=0.02)
    tests, found, recommended = _one(loss, terms, metric="log_loss")
    assert found.outcome == "advantage"
    assert found.difference.value == pytest.approx(0.2)
    assert (found.reference, recommended) == ("a", "q")
    assert [test.difference for test in tests] == pytest.approx([0.2, 0.3])


def test_p_is_corrected_over_quantum_models_and_metrics():
    values = {"q1": BASE + 0.03 + NOISE[0], "q2": BASE + 0.01 + NOISE[1], "a": BASE}
    f1 = {"q1": BASE + NOISE[2], "q2": BASE + 0.05 + NOISE[3], "a": BASE}
    scored = _scored(values, f1_macro=f1)
    tests, judgements, _ = judge(scored, replace(TERMS, also=("f1_macro",)))
    other, _, _ = judge(replace(scored, values={"accuracy": f1}), TERMS)
    corrected = holm([*(test.p for test in tests), *(test.p for test in other)])
    assert [j.corrected for j in judgements] == pytest.approx(corrected[:2])
    assert judgements[0].corrected > judgements[0].p
    missing, alone, _ = judge(scored, replace(TERMS, also=("roc_auc",)))
    assert missing == tests
    assert alone[0].corrected == pytest.approx(min(1.0, holm([*(t.p for t in tests), 1, 1])[0]))


def test_an_inconclusive_benchmark_names_the_rows_that_have_the_power():
    spread = 4 * NOISE[0]
    _, found, _ = _one({"q": BASE + spread, "a": BASE})
    assert found.outcome == "inconclusive"
    error = np.sqrt(1 / 25 + 0.25) * spread.std(ddof=1)
    assert found.samples == int(np.ceil(100 * (detectable(24, 0.05) * error / 0.01) ** 2))
    assert found.repeats is None


def test_repeats_are_proposed_where_they_suffice():
    few = _scored({"q": BASE[:5] + 0.8 * NOISE[0, :5] - 0.8 * NOISE[0, :5].mean(), "a": BASE[:5]})
    terms = replace(TERMS, threshold=0.03, equivalence=0.999)
    _, (found,), _ = judge(replace(few, repeats=1), terms)
    assert found.outcome == "inconclusive"
    assert found.repeats > 1
    assert found.samples > 100


def test_enough_power_and_a_difference_at_the_threshold_is_said():
    _, found, _ = _one({"q": BASE + 0.01 + 0.1 * NOISE[0], "a": BASE})
    assert found.outcome == "inconclusive"
    assert found.samples <= 100
    assert NEAR in found.notes


def test_the_threshold_itself_is_not_above_the_threshold():
    _, found, _ = _one({"q": BASE + 0.01 + 0.001 * NOISE[0], "a": BASE})
    assert found.corrected < 0.05
    assert found.difference.value == pytest.approx(0.01, abs=1e-15)
    assert found.outcome != "advantage"


def test_failed_folds_are_left_out_of_the_pairs_and_noted():
    broken = BASE.copy()
    broken[3] = np.nan
    tests, found, recommended = _one({"q": BASE + 0.1 + NOISE[0], "a": broken, "b": BASE - 0.01})
    assert [test.folds for test in tests] == [24, 25]
    assert found.notes == (
        "1 of 25 folds are left out of the test against a: one of the two failed there.",
    )
    # the best inner score among models that never failed
    assert found.reference == "b"
    assert recommended == "q"


def test_a_model_that_always_fails_is_excluded_with_a_note_and_never_recommended():
    never = np.full(25, np.nan)
    inner = {"q": 0.8, "a": 0.99, "b": 0.7}
    _, found, recommended = _one({"q": BASE + 0.1, "a": never, "b": BASE}, inner=inner)
    assert (found.outcome, found.reference, recommended) == ("inconclusive", "b", "q")
    assert found.corrected < 0.05  # against all that are left: the rival that crashed is not beaten
    assert found.notes[0].startswith("a is left out: q and it share 0 folds")
    _, alone, _ = _one({"q": BASE + 0.1, "a": never}, inner=inner)
    assert alone.outcome == "inconclusive"
    assert alone.notes[-1] == "No tuned classical model is left to compare it with."


def test_a_quantum_model_that_fails_in_every_fold_is_not_judged_and_not_hidden():
    values = {"q1": np.full(25, np.nan), "q2": BASE + 0.1 + NOISE[0], "a": BASE}
    inner = {"q1": np.nan, "q2": 0.9, "a": 0.8}
    _, (failed, other), _ = judge(_scored(values, inner=inner), TERMS)
    assert (failed.outcome, failed.p, failed.difference) == ("inconclusive", None, None)
    assert failed.notes
    assert other.outcome == "advantage"


def test_a_quantum_model_that_fails_in_most_folds_is_given_no_verdict_by_the_others():
    few, half = BASE + 0.1, BASE + 0.1
    few[12:], half[13:] = np.nan, np.nan
    tests, found, _ = _one({"q": few, "a": BASE + 0.1 * NOISE[0]})
    assert tests[0].p < 0.001
    assert (found.outcome, found.p) == ("inconclusive", tests[0].p)
    assert found.notes[0].startswith("13 of 25 folds are left out")
    assert _one({"q": half, "a": BASE + 0.1 * NOISE[0]})[1].outcome == "advantage"


def test_without_a_deciding_classical_model_nothing_is_claimed():
    kinds = {"q": "quantum", "rbf_pca": "control"}
    tests, found, recommended = _one({"q": BASE + 0.1, "rbf_pca": BASE}, kinds=kinds)
    assert (tests, found.outcome, recommended) == ((), "inconclusive", "q")
    assert found.notes == ("There is no tuned classical model to compare it with.",)


def test_without_a_quantum_model_the_best_classical_one_is_recommended():
    assert judge(_scored({"a": BASE, "b": BASE + 0.1}), TERMS) == ((), (), "b")


def test_equal_inner_scores_recommend_the_classical_model():
    _, _, recommended = _one({"q": BASE, "a": BASE})
    assert recommended == "a"


def test_a_gain_in_units_of_the_target_has_no_price_per_point():
    error = {"q": 3 + NOISE[0], "a": np.full(25, 5.0)}
    terms = replace(TERMS, metric="rmse", threshold=0.5)
    _, found, _ = _one(error, terms, metric="rmse", usd={"q": 9.0})
    assert (found.outcome, found.usd_per_point) == ("advantage", None)
