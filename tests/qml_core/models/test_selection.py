"""Inner cross-validation against a plain loop."""

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import SVC

from qml_core.errors import DataError
from qml_core.models.selection import choose


def test_scores_are_those_of_a_plain_loop_over_folds():
    X, y = load_iris(return_X_y=True)
    kernels = [rbf_kernel(X, gamma=g) for g in (1e-3, 0.3)]
    chosen = choose(
        kernels, y, task="classification", penalties=(10.0, 0.1), epsilon=0.1, folds=4, seed=3
    )
    for k, K in enumerate(kernels):
        for c, C in enumerate((0.1, 10.0)):
            scores = []
            for train, test in StratifiedKFold(4, shuffle=True, random_state=3).split(X, y):
                model = SVC(kernel="precomputed", C=C).fit(K[np.ix_(train, train)], y[train])
                scores.append(model.score(K[np.ix_(test, train)], y[test]))
            assert chosen.scores[k, c] == pytest.approx(np.mean(scores))
    assert chosen.score == chosen.scores.max()


def test_a_tie_goes_to_the_first_kernel_and_the_smallest_penalty():
    y = np.repeat([0, 1], 10)
    K = np.equal.outer(y, y) + 0.5
    chosen = choose(
        [K, K], y, task="classification", penalties=(5.0, 1.0), epsilon=0.1, folds=2, seed=0
    )
    assert (chosen.candidate, chosen.C) == (0, 1.0)


def test_folds_shrink_to_the_rarest_class_and_one_row_is_refused():
    y = np.array([0] * 9 + [1] * 3)
    K = np.eye(12)
    kwargs = {"task": "classification", "penalties": (1.0,), "epsilon": 0.1, "seed": 0}
    assert choose([K], y, folds=5, **kwargs).folds == 3
    with pytest.raises(DataError, match="found 1"):
        choose([np.eye(10)], y[:10], folds=5, **kwargs)
