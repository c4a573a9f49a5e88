import pytest

from qml_core.evaluation.judgement.notes import NEAR
from qml_core.evaluation.judgement.sentences import sentence
from qml_core.evaluation.judgement.wording import dollars, duration, gain, p_value
from qml_core.references.artifacts import Interval
from qml_core.references.benchmark import Judgement, ModelScore, PairedTest

PLAIN = "q, no entanglers"


def _judgement(outcome, value, low, high, model="q", **more):
    return Judgement(
        model=model,
        outcome=outcome,
        metric=more.pop("metric", "accuracy"),
        p=0.01,
        corrected=0.02,
        hardest="knn",
        reference="rbf_svm",
        difference=Interval(value=value, low=low, high=high),
        **more,
    )


def _against(against, difference=0.05, low=0.03, model="q", **more):
    return PairedTest(
        model=model, against=against, folds=25, difference=difference, low=low, **more
    )


def _score(model, usd=0.0, seconds=3.0):
    return ModelScore(
        model=model,
        kind="quantum" if model.startswith("q") else "classical",
        metrics={},
        inner_score=0.8,
        configurations=12,
        folds=25,
        seconds=seconds,
        usd=usd,
    )


def _say(*judgements, controls=(), usd=0.0, recommended="rbf_svm", threshold=0.01):
    tests = [_against("rbf_svm", p=0.003), _against("knn", p=0.01)]
    scores = [_score("q", usd, 1200.0), _score("rbf_svm", seconds=4.2)]
    return sentence("wine", judgements, tests, controls, scores, recommended, threshold)


def test_an_advantage_is_said_with_its_size_its_certainty_and_its_price():
    found = _judgement("advantage", 0.05, 0.03, 0.07, usd_per_point=2.46)
    assert _say(found, usd=12.3, recommended="q") == (
        "On wine the quantum model q helped: it beats rbf_svm, the best classical model by inner "
        "score, by 5.0 points of accuracy (95 % interval +3.0 to +7.0, corrected p = 0.02 against "
        "knn), and the other tuned classical model too, for $12.30, $2.46 per point of accuracy; "
        "by inner score use q."
    )


def test_a_control_that_does_as_well_is_said_beside_an_advantage():
    found = _judgement("advantage", 0.05, 0.03, 0.07)
    equal = _against(PLAIN, difference=0.001, low=-0.002, equivalent=0.97)
    unclear = _against("q, Fourier features", difference=0.03, low=-0.01, equivalent=0.1)
    beaten = _against("rbf_svm, same features")
    assert "; though the same kernel without entanglers does as well;" in _say(
        found, controls=[equal, beaten]
    )
    assert (
        "; though the same kernel without entanglers does as well and it is not shown to beat "
        "random Fourier features of its spectrum;"
    ) in _say(found, controls=[equal, unclear, beaten])
    assert "though" not in _say(found, controls=[beaten])
    assert "though" not in _say(found, controls=[_against(PLAIN, -0.1, -0.2, model="other")])


def test_no_difference_is_said_with_its_probability():
    found = _judgement("no difference", 0.0, -0.004, 0.004, equivalent=0.971)
    assert _say(found) == (
        "On wine no quantum model helped: q and rbf_svm do equally well, with a probability of "
        "97 % that they differ by less than 1 point of accuracy (measured 0, 95 % interval −0.4 "
        "to +0.4), at no charge, with 20 min of computing against 4.2 s; by inner score use "
        "rbf_svm."
    )


def test_classical_better_is_said_from_the_classical_side():
    found = _judgement("classical better", -0.05, -0.07, -0.03)
    assert _say(found, usd=3.0).startswith(
        "On wine no quantum model helped: rbf_svm is better than q by 5.0 points of accuracy "
        "(95 % interval +3.0 to +7.0, p = 0.003), for $3.00; by inner score"
    )


def test_inconclusive_says_what_would_be_needed():
    terms = ("inconclusive", 0.01, -0.02, 0.04)
    rows = _say(_judgement(*terms, samples=8952))
    assert (
        "it cannot be told whether a quantum model helps: q differs from rbf_svm by +1.0 points "
        "of accuracy (95 % interval −2.0 to +4.0, corrected p = 0.02 against knn), and about "
        "8,952 rows are needed to see 1 point of accuracy four times in five (more repeats alone "
        "do not suffice)"
    ) in rows
    repeats = _say(_judgement(*terms, samples=300, repeats=12))
    assert "about 300 rows or 12 repeats are needed" in repeats
    assert "alone" not in repeats
    near = _say(_judgement(*terms, samples=80, notes=(NEAR,)))
    assert "which is too close to the threshold of 1 point of accuracy" in near
    assert "needed" not in near


def test_a_p_that_is_not_of_the_named_model_says_whose_it_is():
    """A clear gain over the reference beside the p of another reads like a contradiction."""
    found = _judgement("inconclusive", 0.1, 0.08, 0.12, samples=300)
    other = found.model_copy(update={"hardest": "knn", "corrected": 0.6})
    assert "+8.0 to +12.0, corrected p = 0.60 against knn), and about" in _say(other)
    same = found.model_copy(update={"hardest": found.reference})
    assert "corrected p = 0.02), and about" in _say(same)


def test_no_quantum_model_helped_is_not_said_where_one_is_undecided():
    open_one = _judgement("inconclusive", 0.0, -0.1, 0.1, samples=900)
    equal = _judgement("no difference", 0.0, -0.004, 0.004, model="q2", equivalent=0.97)
    worse = _judgement("classical better", -0.1, -0.2, -0.05, model="q3")
    said = _say(worse, equal, open_one)
    assert "no quantum model helped" not in said
    assert "; of the other 2 quantum models 1 made no difference and 1 did worse;" in said
    assert "; the other quantum model did worse;" in _say(worse, equal)
    best = _judgement("advantage", 0.05, 0.03, 0.07)
    more = _judgement("advantage", 0.08, 0.06, 0.1, model="q4")
    assert "the quantum model q4 helped" in _say(best, more, worse)


def test_what_cannot_be_judged_says_why():
    why = "There is no tuned classical model to compare it with."
    nothing = Judgement(model="q", outcome="inconclusive", metric="accuracy", notes=(why,))
    assert _say(nothing, recommended="q") == (
        "On wine it cannot be told whether q helped: there is no tuned classical model to compare "
        "it with; by inner score use q."
    )
    assert _say() == "On wine no quantum model took part; by inner score use rbf_svm."


@pytest.mark.parametrize("outcome", ["advantage", "no difference", "classical better"])
@pytest.mark.parametrize("metric", ["r2", "log_loss", "rmse", "roc_auc", "balanced_accuracy"])
def test_it_is_one_sentence_in_every_metric(outcome, metric):
    found = _judgement(outcome, 0.05, 0.03, 0.07, metric=metric, equivalent=0.96, samples=3)
    said = _say(found, threshold=0.02)
    assert said.endswith(".")
    assert ". " not in said
    assert "nan" not in said


def test_numbers_are_written_as_readers_expect_them():
    assert gain("r2", 0.02).size(-0.0514) == "0.051 of R²"
    assert gain("r2", 0.02).least(0.02) == "0.02 of R²"
    assert gain("accuracy", 0.01).least(0.025) == "2.5 points of accuracy"
    assert gain("accuracy", 0.001).signed(-0.0512) == "−5.12"
    assert gain("rmse", 5.0).signed(-0.01) == "0"
    assert (p_value(0.00001), p_value(0.5), p_value(0.0123)) == (
        "p < 0.0001",
        "p = 0.50",
        "p = 0.012",
    )
    assert (dollars(0.001), dollars(1234.5)) == ("under $0.01", "$1,234.50")
    assert [duration(s) for s in (0.42, 42, 600, 11000, 90000)] == [
        "0.42 s",
        "42 s",
        "10 min",
        "3.1 h",
        "25 h",
    ]
