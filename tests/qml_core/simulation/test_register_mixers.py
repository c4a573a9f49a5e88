"""Mixers of one register against matrix exponentials, and their fusing."""

import math

import numpy as np
import pennylane as qml
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from qml_core.simulation.register_mixers import (
    complete_pairs,
    exchanged,
    fused,
    ring_pairs,
    transverse,
    warm_started,
)

BETAS = np.array([0.0, 0.7, -1.9])
X, Y, Z = (np.asarray(qml.matrix(gate(0))) for gate in (qml.X, qml.Y, qml.Z))


def exchange(levels, a, b):
    found = np.zeros((levels, levels))
    found[a, b] = found[b, a] = 1
    return found


MIXERS = [
    transverse(),
    warm_started(0.2),
    exchanged(2, ring_pairs(2)),
    exchanged(5, ring_pairs(5)),
    exchanged(4, complete_pairs(4)),
    *fused([exchanged(3, ring_pairs(3)), transverse(), warm_started(0.9)]),
]


def test_pairs_are_those_of_the_graph_in_order():
    assert ring_pairs(2) == complete_pairs(2) == [(0, 1)]
    assert ring_pairs(4) == [(0, 1), (1, 2), (2, 3), (3, 0)]
    assert complete_pairs(4) == [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]


@pytest.mark.parametrize("pairs", [ring_pairs, complete_pairs])
@pytest.mark.parametrize("levels", [2, 3, 4, 7])
def test_exchanges_are_the_ordered_product_of_their_exponentials(levels, pairs):
    found, _ = exchanged(levels, pairs(levels)).turn(BETAS)
    for beta, unitary in zip(BETAS, found, strict=True):
        wanted = np.eye(levels)
        for a, b in pairs(levels):
            wanted = expm(-1j * beta * exchange(levels, a, b)) @ wanted
        np.testing.assert_allclose(unitary, wanted, atol=1e-12)


def test_an_exchange_is_half_of_xx_and_yy_on_one_hot_states():
    whole = expm(-1j * BETAS[1] * (np.kron(X, X) + np.kron(Y, Y)) / 2)
    levels = [0b10, 0b01]  # level 0 has its first wire at 1
    found, _ = exchanged(2, [(0, 1)]).turn(BETAS[1:2])
    np.testing.assert_allclose(found[0], whole[np.ix_(levels, levels)], atol=1e-12)
    gate = qml.matrix(qml.IsingXY(-2 * BETAS[1], wires=[0, 1]))
    np.testing.assert_allclose(whole, gate, atol=1e-12)


def test_the_transverse_mixer_is_a_rotation_about_x():
    found, _ = transverse().turn(BETAS)
    for beta, unitary in zip(BETAS, found, strict=True):
        np.testing.assert_allclose(unitary, expm(-1j * beta * X), atol=1e-12)


@pytest.mark.parametrize("probability", [0.0, 0.1, 0.5, 0.75, 1.0])
def test_a_warm_start_is_the_ground_state_of_its_mixer_of_three_rotations(probability):
    mixer, theta = warm_started(probability), 2 * math.asin(math.sqrt(probability))
    found, axes = mixer.turn(BETAS)
    turn = qml.matrix(qml.RY(theta, wires=0))
    np.testing.assert_allclose(mixer.start, turn[:, 0].real, atol=1e-12)
    assert mixer.start[1] ** 2 == pytest.approx(probability)
    np.testing.assert_allclose(axes[0] @ mixer.start, -mixer.start, atol=1e-12)
    for beta, unitary in zip(BETAS, found, strict=True):
        wanted = turn @ qml.matrix(qml.RZ(-2 * beta, wires=0)) @ turn.conj().T
        np.testing.assert_allclose(unitary, wanted, atol=1e-12)


@pytest.mark.parametrize("mixer", MIXERS)
def test_generators_are_hermitian_and_give_the_derivative(mixer):
    unitary, generator = mixer.turn(BETAS)
    step = 1e-5
    change = (mixer.turn(BETAS + step)[0] - mixer.turn(BETAS - step)[0]) / (2 * step)
    np.testing.assert_allclose(generator, generator.conj().transpose(0, 2, 1), atol=1e-12)
    np.testing.assert_allclose(change, -1j * generator @ unitary, atol=1e-8)
    np.testing.assert_allclose(unitary[0], np.eye(mixer.levels), atol=1e-12)


@settings(max_examples=50, deadline=None)
@given(levels=st.lists(st.integers(2, 40), min_size=1, max_size=8))
def test_fusing_keeps_the_order_and_the_limit(levels):
    mixers = [exchanged(k, []) for k in levels]
    groups = fused(mixers)
    assert math.prod(g.levels for g in groups) == math.prod(levels)
    assert all(g.levels <= 32 or g.levels in levels for g in groups)


def test_fused_mixers_are_the_kronecker_product_of_theirs():
    parts = [exchanged(3, ring_pairs(3)), transverse(), warm_started(0.9)]
    (whole,) = fused(parts)
    start = np.kron(np.kron(*(m.start for m in parts[:2])), parts[2].start)
    np.testing.assert_allclose(whole.start, start, atol=1e-14)
    for k in range(len(BETAS)):
        a, b, c = (m.turn(BETAS)[0][k] for m in parts)
        np.testing.assert_allclose(whole.turn(BETAS)[0][k], np.kron(np.kron(a, b), c), atol=1e-13)


def test_registers_are_fused_to_few_matrices_of_even_sizes():
    assert [g.levels for g in fused([transverse()] * 6)] == [8, 8]
    assert [g.levels for g in fused([exchanged(40, []), transverse()])] == [40, 2]
