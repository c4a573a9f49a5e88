"""The sentence over several data sets."""

from qml_core.references import DataVerdict
from qml_core.references.benchmark import Judgement
from tasks.benchmark_report import headline


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
    assert "no quantum model helped (1 classical better, 1 no diff" in headline([worse, equal])
    assert "no quantum model is shown to help" in headline([worse, undecided])
    assert "an advantage of q0 on ad_hoc" in headline([undecided, better])
