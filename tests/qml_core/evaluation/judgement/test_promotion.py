"""A quantum model is promoted on evidence that it is not worse, or with a reason."""

from itertools import product

import pytest

from qml_core.evaluation.judgement.promotion import Evidence, decide_promotion
from qml_core.references.benchmark import Judgement

OUTCOMES = {
    "advantage": True,
    "no difference": True,
    "inconclusive": False,
    "classical better": False,
}


def evidence(*outcomes: str) -> Evidence:
    judged = [
        Judgement(model=f"qsvc iqp #{k}", outcome=outcome, metric="accuracy", reference="rbf_svm")
        for k, outcome in enumerate(outcomes, 1)
    ]
    return Evidence("20260101-100000-aaaaaa", "toy", tuple(judged))


@pytest.mark.parametrize(("outcome", "allowed"), OUTCOMES.items())
def test_only_an_advantage_or_no_difference_allows_a_quantum_model(outcome, allowed):
    found = decide_promotion(True, evidence(outcome))
    assert found.allowed is allowed
    assert not found.overridden
    assert "20260101-100000-aaaaaa" in found.why
    assert "toy" in found.why


@pytest.mark.parametrize("outcomes", product(OUTCOMES, repeat=2))
def test_under_two_names_both_must_allow_it(outcomes):
    allowed = all(OUTCOMES[outcome] for outcome in outcomes)
    assert decide_promotion(True, evidence(*outcomes)).allowed is allowed


def test_without_a_benchmark_a_quantum_model_is_refused():
    found = decide_promotion(True, None)
    assert not found.allowed
    assert "no benchmark" in found.why


@pytest.mark.parametrize("known", [None, evidence("classical better")])
def test_a_classical_model_needs_none(known):
    assert decide_promotion(False, known).allowed


@pytest.mark.parametrize("known", [None, evidence("inconclusive"), evidence("classical better")])
def test_a_reason_overrides_and_is_kept(known):
    found = decide_promotion(True, known, "  asked for by the lab  ")
    assert found.allowed
    assert found.overridden
    assert found.why.endswith("overridden: asked for by the lab")


@pytest.mark.parametrize("reason", ["", "because", " " * 30, "nine char"])
def test_a_short_reason_overrides_nothing(reason):
    assert not decide_promotion(True, None, reason).allowed


def test_a_reason_that_is_not_needed_overrides_nothing():
    found = decide_promotion(True, evidence("advantage"), "asked for by the lab")
    assert found.allowed
    assert not found.overridden
