"""Correlations by halving against sums over all levels."""

import numpy as np
import pytest
import torch

from qml_core.optimisation.qaoa.correlations import correlations


@pytest.mark.parametrize("wires", [[1], [1, 1, 1], [3, 1, 4], [1, 5, 2, 1, 1]])
def test_they_are_the_sums_over_all_levels(wires):
    rng = np.random.default_rng(len(wires))
    signs = [rng.choice([-1.0, 1.0], (k + 1, k)) for k in wires]
    levels = [len(s) for s in signs]
    weights = rng.dirichlet(np.ones(np.prod(levels)))
    codes = np.stack(np.unravel_index(np.arange(len(weights)), levels), axis=1)
    rows = np.concatenate([s[c] for s, c in zip(signs, codes.T, strict=True)], axis=1)
    z, zz = correlations(torch.from_numpy(weights), [torch.from_numpy(s) for s in signs])
    np.testing.assert_allclose(z, weights @ rows, atol=1e-13)
    np.testing.assert_allclose(zz, (rows.T * weights) @ rows, atol=1e-13)
