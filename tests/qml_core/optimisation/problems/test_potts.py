"""Pairwise models: energies by definition, and with some variables kept."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from potts_models import all_codes, random_model

from qml_core.errors import SpecError
from qml_core.optimisation.problems.potts import PottsModel

LEVELS = st.lists(st.integers(1, 4), min_size=1, max_size=4).map(tuple)


def defined(model, code):
    total = model.constant + sum(f[c] for f, c in zip(model.fields, code, strict=True))
    return total + sum(table[code[i], code[j]] for (i, j), table in model.couplings.items())


@settings(max_examples=30, deadline=None)
@given(levels=LEVELS, seed=st.integers(0, 999))
def test_energies_are_those_of_the_definition(levels, seed):
    model = random_model(levels, seed)
    codes = all_codes(levels)
    assert model.levels == levels
    assert model.energies(codes).tolist() == [defined(model, code) for code in codes]


@settings(max_examples=40, deadline=None)
@given(levels=LEVELS, seed=st.integers(0, 999), data=st.data())
def test_the_restricted_model_has_the_energies_of_the_whole_one(levels, seed, data):
    model = random_model(levels, seed)
    order = data.draw(st.permutations(range(len(levels))))
    free = order[: data.draw(st.integers(1, len(levels)))]
    kept = np.array([data.draw(st.integers(0, k - 1)) for k in levels])
    small = model.restricted(free, kept)
    codes = all_codes(small.levels)
    whole = np.tile(kept, (len(codes), 1))
    whole[:, free] = codes
    assert small.energies(codes).tolist() == model.energies(whole).tolist()
    assert model.energies(kept[None]).tolist() == [defined(model, kept)]


def test_a_restricted_model_shares_no_memory_with_the_whole_one():
    model = random_model((2, 3), 0)
    before = model.fields[0].copy()
    model.restricted([0], np.array([0, 1])).fields[0][:] = 99
    assert np.array_equal(model.fields[0], before)


@pytest.mark.parametrize(
    ("constant", "fields", "couplings", "message"),
    [
        (0.0, (), {}, "without variables"),
        (float("nan"), ([1.0],), {}, "constant nan"),
        (0.0, ([],), {}, r"field 0 of shape \(0,\)"),
        (0.0, ([[1.0]],), {}, r"field 0 of shape \(1, 1\)"),
        (0.0, ([1.0, float("inf")],), {}, "field 0 holds"),
        (0.0, ([1.0], [1.0]), {(1, 0): [[1.0]]}, "variables 1 and 0"),
        (0.0, ([1.0], [1.0]), {(0, 2): [[1.0]]}, "variables 0 and 2"),
        (0.0, ([1.0], [1.0, 2.0]), {(0, 1): [[1.0]]}, r"needed: \(1, 2\)"),
        (0.0, ([1.0], [1.0]), {(0, 1): [[float("nan")]]}, "coupling 0, 1 holds"),
    ],
)
def test_models_without_energies_are_refused(constant, fields, couplings, message):
    tables = {pair: np.array(table) for pair, table in couplings.items()}
    with pytest.raises(SpecError, match=message):
        PottsModel(constant, tuple(np.array(field) for field in fields), tables)


def test_codes_of_another_shape_are_refused():
    with pytest.raises(SpecError, match=r"needed: \(m, 2\)"):
        random_model((2, 3), 0).energies(np.zeros((4, 3), dtype=np.int64))
