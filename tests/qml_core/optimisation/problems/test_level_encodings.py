"""Both encodings of categorical variables against the model's own energies."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polynomials import all_bits
from potts_models import all_codes, random_model

from qml_core.errors import SpecError
from qml_core.optimisation.problems import level_encodings
from qml_core.optimisation.problems.level_encodings import encode
from qml_core.optimisation.problems.potts import PottsModel

LEVELS = st.lists(st.integers(2, 5), min_size=1, max_size=3).map(tuple)
KINDS = st.sampled_from(["one_hot", "binary"])


@settings(max_examples=50, deadline=None)
@given(levels=LEVELS, seed=st.integers(0, 999), kind=KINDS)
def test_every_feasible_bit_string_has_the_energy_of_its_levels(levels, seed, kind):
    model = random_model(levels, seed)
    encoded = encode(model, kind)
    bits = all_bits(encoded.n_qubits)
    codes, feasible = encoded.codes_of(bits)
    assert feasible.sum() == np.prod(levels)
    assert len(np.unique(codes[feasible], axis=0)) == np.prod(levels)
    energies = encoded.ising.energies(bits)[feasible]
    assert np.allclose(energies, model.energies(codes[feasible]), atol=1e-9)
    assert (codes < np.array(levels)).all()
    assert np.array_equal(encoded.bits_of(codes[feasible]), bits[feasible])


@settings(max_examples=50, deadline=None)
@given(levels=LEVELS, seed=st.integers(0, 999), enumerated=st.sampled_from([0, 2**16]))
def test_unused_words_lie_above_every_level(levels, seed, enumerated):
    model = random_model(levels, seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(level_encodings, "_ENUMERATED", enumerated)
        encoded = encode(model, "binary")
    bits = all_bits(encoded.n_qubits)
    feasible = encoded.codes_of(bits)[1]
    energies = encoded.ising.energies(bits)
    assert energies[~feasible].min(initial=np.inf) > energies[feasible].max() + 1e-9
    assert (encoded.penalty > 0) == (not feasible.all())
    if not feasible.all():
        assert encoded.penalty > np.ptp(energies[feasible])


@pytest.mark.parametrize(
    ("kind", "qubits", "degree", "one_hot"), [("one_hot", 9, 2, True), ("binary", 6, 5, False)]
)
def test_the_qubits_are_k_per_variable_or_its_logarithm(kind, qubits, degree, one_hot):
    encoded = encode(random_model((2, 3, 5), 1, pairs=[(1, 2)]), kind)
    assert (encoded.n_qubits, encoded.ising.degree) == (qubits, degree)
    assert encoded.registers.one_hot == one_hot
    assert encoded.registers.n_qubits == qubits


def test_a_binary_word_has_its_most_significant_bit_first():
    encoded = encode(random_model((3, 4), 2), "binary")
    codes, feasible = encoded.codes_of(np.array([[1, 0, 0, 1], [1, 1, 1, 1]], dtype=np.uint8))
    assert feasible.tolist() == [True, False]
    assert codes.tolist() == [[2, 1], [0, 3]]
    assert encoded.bits_of(np.array([[2, 1]])).tolist() == [[1, 0, 0, 1]]


def test_powers_of_two_need_no_penalty():
    encoded = encode(random_model((2, 4, 8), 3), "binary")
    assert encoded.penalty == 0.0
    assert encoded.codes_of(all_bits(6))[1].all()


def test_a_flat_model_still_sets_unused_words_apart():
    encoded = encode(PottsModel(2.0, (np.zeros(3),), {}), "binary")
    assert encoded.ising.energies(all_bits(2)).tolist() == [2.0, 2.0, 2.0, 3.0]


@pytest.mark.parametrize("kind", ["one_hot", "binary"])
def test_a_variable_of_one_level_is_refused(kind):
    with pytest.raises(SpecError, match="variable 1 has 1 levels"):
        encode(random_model((3, 1), 0), kind)


def test_the_one_hot_diagonal_is_the_model_over_all_codes():
    model = random_model((3, 2, 4), 4)
    encoded = encode(model, "one_hot")
    expected = model.energies(all_codes(model.levels))
    assert np.allclose(encoded.registers.diagonal(encoded.ising).numpy(), expected)
