"""The whole flow on data whose labels say nothing: no quantum model may be called better."""

import numpy as np
import pandas as pd
import pytest

from flows.benchmark import benchmark
from qml_core.specs import BenchmarkSpec, RunSpec

pytestmark = [
    pytest.mark.prefect,
    pytest.mark.usefixtures("prefect_server", "store_url", "ledger"),
]


def asked_of(path, seed):
    generator = np.random.default_rng(seed)
    table = pd.DataFrame(generator.normal(size=(48, 3)), columns=["a", "b", "c"])
    table["y"] = generator.permutation(np.repeat(["no", "yes"], 24))
    file = path / f"null{seed}.csv"
    table.to_csv(file, index=False)
    return BenchmarkSpec.model_validate(
        {
            "datasets": [{"path": str(file), "target": "y"}],
            "models": [{"name": "qsvc"}],
            "classical": ["rbf_svm", "logistic", "knn"],
            "controls": [],
            "folds": 5,
            "repeats": 2,
            "configurations": 3,
            "learning_curve": [],
        }
    )


@pytest.mark.slow
def test_permuted_labels_give_no_advantage_through_the_whole_flow(tmp_path):
    outcomes = []
    for seed in range(6):
        found = benchmark(asked_of(tmp_path, seed), run=RunSpec(seed=seed))
        (judged,) = found.data[0].judgements
        outcomes.append(judged.outcome)
    assert "advantage" not in outcomes, outcomes
    assert "inconclusive" in outcomes  # 48 rows prove no equivalence
