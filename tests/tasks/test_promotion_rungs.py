"""What a rung says of the one below: agreement, change, cost, and who was left out."""

import pytest
from scipy.stats import kendalltau

from qml_core.references import SearchPlan, Trial
from qml_core.specs import BackendSpec, SearchSpec
from tasks.promotions import _rung


def plan(metric):
    search = SearchSpec(space={"C": [1.0, 2.0, 3.0, 4.0]}, objective={"metric": metric})
    return SearchPlan(key="0" * 64, store="", search=search, backend=BackendSpec(), seed=0)


def trials(values, rung):
    return tuple(
        Trial(
            store="",
            path="",
            sha256="0" * 64,
            key="0" * 64,
            number=k + 1,
            round=0,
            rung=rung,
            codes=(k,),
            configuration={"C": 1.0},
            status="failed" if value is None else "done",
            value=value,
            usd=0.25,
            circuits=3,
        )
        for k, value in enumerate(values)
    )


@pytest.mark.parametrize(
    ("metric", "above", "best", "changed"),
    [
        ("accuracy", (0.7, 0.9, 0.8, 0.6), 0.9, True),
        ("accuracy", (0.9, 0.7, 0.8, 0.6), 0.9, False),
        ("log_loss", (0.7, 0.9, 0.8, 0.6), 0.6, True),
        ("accuracy", (None, 0.7, 0.8, 0.6), 0.8, True),
        ("accuracy", (0.9, 0.7), 0.9, False),
    ],
)
def test_a_rung_compares_its_values_with_those_of_the_same_configurations_below(
    metric, above, best, changed
):
    values = (0.8, 0.75, 0.6, 0.5) if metric == "accuracy" else (0.5, 0.6, 0.75, 0.8)
    below, found = trials(values, 0), trials(above, 1)
    rung = _rung(plan(metric), BackendSpec(shots=5), found, below)
    pairs = [(b, a) for b, a in zip(values, above, strict=False) if a is not None]
    assert rung.correlation == pytest.approx(kendalltau(*zip(*pairs, strict=True)).statistic)
    assert (rung.best, rung.changed) == (best, changed)
    assert (rung.usd, rung.circuits) == (0.25 * len(above), 3 * len(above))
    assert rung.note == ("2 of 4 were left out: max_usd" if len(above) == 2 else "")
