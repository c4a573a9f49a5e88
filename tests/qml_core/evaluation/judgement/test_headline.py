"""The sentence over several data sets."""

from qml_core.evaluation.judgement.headline import headline
from qml_core.references import DataVerdict, Interval
from qml_core.references.benchmark import AcrossData, AcrossTest, Judgement, ModelScore


def _verdict(data, *outcomes):
    return DataVerdict(
        data=data,
        rows=100,
        metric="accuracy",
        threshold=0.01,
        alpha=0.05,
        scores=(),
        tests=(),
        judgements=tuple(
            Judgement(model=f"q{k}", outcome=outcome, metric="accuracy")
            for k, outcome in enumerate(outcomes)
        ),
        recommended="knn",
        sentence=f"On {data} it is so.",
    )


def test_no_model_helped_is_said_only_where_nothing_is_undecided():
    worse, equal = _verdict("wine", "classical better"), _verdict("iris", "no difference")
    undecided, better = _verdict("moons", "inconclusive"), _verdict("ad_hoc", "advantage")
    assert headline([worse]) == "On wine it is so."
    both = headline([worse, equal])
    assert "no quantum model helped (of 2 verdicts 1 classical better, 1 no difference)" in both
    assert "no quantum model is shown to help" in headline([worse, undecided])
    assert "a quantum model helps: q0 on ad_hoc" in headline([undecided, better])


def test_it_says_by_how_much_how_surely_and_at_what_cost():
    gained = Judgement(
        model="q0",
        outcome="advantage",
        metric="accuracy",
        corrected=0.001,
        difference=Interval(value=0.395, low=0.3, high=0.5),
    )
    score = {"metrics": {}, "inner_score": None, "configurations": 1, "folds": 1}
    scores = (
        ModelScore(model="q0", kind="quantum", seconds=90.0, usd=3.0, **score),
        ModelScore(model="knn", kind="classical", seconds=4.0, **score),
    )
    first = _verdict("ad_hoc").model_copy(update={"judgements": (gained,), "scores": scores})
    test = AcrossTest(
        model="q0", against="knn", data_sets=6, difference=-0.023, p=0.2, corrected=0.2
    )
    found = headline(
        [first, _verdict("wine", "inconclusive")], AcrossData(data_sets=6, tests=(test,))
    )
    assert found == (
        "On 2 data sets a quantum model helps: q0 on ad_hoc by 39.5 points of accuracy, p = 0.001 "
        "(of 2 verdicts 1 advantage, 1 inconclusive, each data set by itself), over all of them q0 "
        "is 2.3 points of accuracy behind knn (p = 0.20, Wilcoxon), for $3.00 and 90 s of "
        "computing, classical models 4 s."
    )
