"""Folds keep the unitary and multiply the gates; extrapolations find their own models exactly."""

from itertools import pairwise

import numpy as np
import pennylane as qml
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pennylane.noise import richardson_extrapolate

from qml_core.errors import Refused, SpecError
from qml_core.hardware.mitigation.folding import (
    ZNE,
    extrapolate,
    fold,
    linear_weights,
    overhead,
    richardson_weights,
)


@pytest.fixture
def circuit():
    gates = [
        qml.Hadamard(0),
        qml.SX(1),
        qml.CNOT([0, 1]),
        qml.RZ(0.4, wires=1),
        qml.Barrier(wires=[0, 1]),
        qml.CNOT([0, 1]),
        qml.RX(1.1, wires=0),
    ]
    return qml.tape.QuantumScript(gates, [qml.counts(wires=[0, 1])])


def unitary(circuit):
    kept = [gate for gate in circuit.operations if gate.name != "Barrier"]
    matrix = qml.matrix(qml.prod(*kept[::-1]), wire_order=[0, 1])
    return matrix / np.exp(1j * np.angle(matrix[0, 0]))


@pytest.mark.parametrize("folding", ["global", "local"])
@pytest.mark.parametrize("scale", [1, 3, 5])
def test_a_fold_keeps_the_unitary_and_multiplies_the_two_qubit_gates(circuit, folding, scale):
    folded = fold(circuit, scale, folding)
    np.testing.assert_allclose(unitary(folded), unitary(circuit), atol=1e-12)
    assert sum(g.name == "CNOT" for g in folded.operations) == 2 * scale
    assert sum(g.name == "SX" for g in folded.operations) == scale
    assert folded.measurements == circuit.measurements


@pytest.mark.parametrize("folding", ["global", "local"])
def test_a_barrier_guards_every_fold(circuit, folding):
    names = [(g.name, *g.wires) for g in fold(circuit, 3, folding).operations]
    doubled = [a for a, b in pairwise(names) if a == b and a[0] != "Barrier"]
    assert doubled == []


@pytest.mark.parametrize("scales", [(1,), (1, 2), (3, 1), (1, 1, 3), (-1, 1)])
def test_other_scales_are_refused(scales):
    with pytest.raises(SpecError, match="odd, ascending scales"):
        ZNE(scales)


@given(st.lists(st.floats(-1, 1), min_size=3, max_size=3))
def test_richardson_is_pennylanes(values):
    found, _ = extrapolate(values, [0.01] * 3, ZNE((1, 3, 5), extrapolation="richardson"))
    assert found == pytest.approx(float(richardson_extrapolate([1, 3, 5], values)), abs=1e-9)


def test_the_weights_are_those_of_the_line_and_the_parabola():
    np.testing.assert_allclose(richardson_weights([1, 3, 5]), [15 / 8, -10 / 8, 3 / 8])
    np.testing.assert_allclose(linear_weights([1, 3], [0.1, 0.3]), [1.5, -0.5])
    assert linear_weights([1, 3, 5], [0.1, 0.2, 0.1]).sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("zne", "model"),
    [
        (ZNE((1, 3, 5), extrapolation="linear"), lambda x: 0.7 - 0.1 * x),
        (ZNE((1, 3, 5), extrapolation="richardson"), lambda x: 0.7 - 0.1 * x + 0.01 * x**2),
        (ZNE((1, 3, 5), "global", "exponential", 0.1), lambda x: 0.1 + 0.6 * np.exp(-0.2 * x)),
        (ZNE((1, 3, 5), "global", "exponential", 0.1), lambda x: 0.1 - 0.6 * np.exp(-0.2 * x)),
    ],
)
def test_each_extrapolation_is_exact_for_its_model_and_knows_its_spread(zne, model):
    y, e = model(np.array(zne.scales)), np.array([0.003, 0.004, 0.006])
    value, error = extrapolate(y, e, zne)
    assert value == pytest.approx(model(0), abs=1e-12)
    noisy = y + e * np.random.default_rng(0).standard_normal((4000, 3))
    assert np.std([extrapolate(n, e, zne)[0] for n in noisy]) == pytest.approx(error, rel=0.06)


def test_an_exponential_that_crosses_its_asymptote_is_refused():
    with pytest.raises(Refused, match=r"one side of 0, found 0\.1, -0\.02"):
        extrapolate([0.1, -0.02], [0.05, 0.05], ZNE((1, 3), extrapolation="exponential"))


def test_the_overhead_counts_circuits_gates_and_shots():
    found = overhead(ZNE((1, 3)))
    assert (found.circuits, found.gates) == (2, 4)
    assert found.shots == pytest.approx(2 * (1.5**2 + 0.5**2))
    assert overhead(ZNE((1, 3, 5), extrapolation="richardson")).shots > overhead(ZNE((1, 3))).shots


@pytest.mark.parametrize("folding", ["global", "local"])
def test_extrapolated_depolarising_noise_is_nearer_to_the_truth(
    circuit, folding, noisy_value, kraus
):
    zne, noise = ZNE((1, 3, 5), folding, "exponential"), {"CNOT": kraus(0.02, 2)}
    observable = qml.Z(0) @ qml.Z(1)
    truth = noisy_value(circuit, observable, {})
    values = [noisy_value(fold(circuit, s, folding), observable, noise) for s in zne.scales]
    found, _ = extrapolate(values, [0.01] * 3, zne)
    assert abs(values[0] - truth) > 0.01
    assert abs(found - truth) < 0.1 * abs(values[0] - truth)
