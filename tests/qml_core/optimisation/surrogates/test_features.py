from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qml_core.optimisation.problems.potts import PottsModel
from qml_core.optimisation.surrogates.features import PairwiseFeatures

SIZES = st.lists(st.integers(1, 4), min_size=1, max_size=4).map(tuple)


def every(sizes: tuple[int, ...]) -> np.ndarray:
    return np.array(list(product(*map(range, sizes))), np.int64)


def potts(sizes: tuple[int, ...], rng: np.random.Generator) -> PottsModel:
    pairs = [(i, j) for j in range(len(sizes)) for i in range(j)]
    return PottsModel(
        float(rng.normal()),
        tuple(rng.normal(size=k) for k in sizes),
        {(i, j): rng.normal(size=(sizes[i], sizes[j])) for i, j in pairs},
    )


def test_two_levels_are_one_column_and_levels_of_one_variable_never_pair() -> None:
    features = PairwiseFeatures((2, 1, 3))
    assert features.owners.tolist() == [0, 2, 2, 2]
    assert list(zip(*map(np.ndarray.tolist, features.pairs), strict=True)) == [
        (0, 1),
        (0, 2),
        (0, 3),
    ]
    assert features.matrix(every((2, 1, 3))).shape == (6, features.count) == (6, 7)


def test_columns_have_mean_0_and_variance_1_over_the_space() -> None:
    columns = PairwiseFeatures((2, 3, 4)).matrix(every((2, 3, 4)))
    np.testing.assert_allclose(columns.mean(0), 0, atol=1e-14)
    np.testing.assert_allclose(columns.std(0), 1, rtol=1e-12)


@settings(max_examples=40, deadline=None)
@given(SIZES, st.integers(0, 2**32))
def test_the_model_has_the_energies_of_the_coefficients(sizes: tuple[int, ...], seed: int) -> None:
    rng, features, codes = np.random.default_rng(seed), PairwiseFeatures(sizes), every(sizes)
    constant, coefficients = float(rng.normal()), rng.normal(size=features.count)
    energies = features.model(constant, coefficients).energies(codes)
    expected = constant + features.matrix(codes) @ coefficients
    np.testing.assert_allclose(energies, expected, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(SIZES, st.integers(0, 2**32))
def test_every_potts_model_has_coefficients_and_the_shortest(
    sizes: tuple[int, ...], seed: int
) -> None:
    features, codes = PairwiseFeatures(sizes), every(sizes)
    model = potts(sizes, np.random.default_rng(seed))
    constant, coefficients = features.coefficients(model)
    np.testing.assert_allclose(
        constant + features.matrix(codes) @ coefficients, model.energies(codes), atol=1e-10
    )
    design = np.column_stack([np.ones(len(codes)), features.matrix(codes)])
    shortest = np.linalg.lstsq(design, model.energies(codes), rcond=None)[0]
    np.testing.assert_allclose([constant, *coefficients], shortest, atol=1e-9)


def test_a_factorised_model_is_that_of_its_products() -> None:
    features, rng = PairwiseFeatures((3, 2, 4)), np.random.default_rng(0)
    linear, factors = rng.normal(size=8), rng.normal(size=(8, 2))
    codes = every((3, 2, 4))
    columns = features.linear(codes)
    pairs = [
        (a, b)
        for a in range(8)
        for b in range(a + 1, 8)
        if features.owners[a] != features.owners[b]
    ]
    expected = 1.5 + columns @ linear
    expected += sum(columns[:, a] * columns[:, b] * (factors[a] @ factors[b]) for a, b in pairs)
    found = features.model_of(1.5, linear, factors @ factors.T).energies(codes)
    np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("sizes", [(1,), (1, 1)])
def test_variables_of_one_level_have_no_columns(sizes: tuple[int, ...]) -> None:
    features = PairwiseFeatures(sizes)
    assert features.matrix(every(sizes)).shape == (1, 0)
    assert features.model(2.0, np.zeros(0)).energies(every(sizes)).tolist() == [2.0]
