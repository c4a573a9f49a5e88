"""A stored matrix multiplies and is sampled as the dense one, kept in memory or read each time."""

import numpy as np
import pytest

from qml_core.references import MatrixRef
from qml_core.storage.matrices import commit_matrix
from qml_core.storage.products import StoredMatrix


@pytest.mark.parametrize("room_bytes", [0, 2**20])
def test_products_and_samples_are_those_of_the_dense_matrix(
    local_store, make_plan, make_matrix, put_blocks, room_bytes
):
    plan = make_plan((38, 38), 4, True)
    K = make_matrix(plan)
    ref = commit_matrix(local_store, plan, put_blocks(local_store, plan, K), {})
    counts = {"blocks": 55, "computed": 55, "reused": 0, "seconds": 0.0}
    matrix = MatrixRef(**ref.model_dump(), key=plan.key, shape=(38, 38), symmetric=True, **counts)
    stored = StoredMatrix(matrix, room_bytes)
    rng = np.random.default_rng(0)
    for V in (rng.normal(size=38), rng.normal(size=(38, 3))):
        np.testing.assert_allclose(stored.product(V), K @ V, atol=1e-12)
    chosen = np.array([37, 0, 5, 5, 12, 20])
    np.testing.assert_array_equal(stored.sample(chosen), K[np.ix_(chosen, chosen)])
