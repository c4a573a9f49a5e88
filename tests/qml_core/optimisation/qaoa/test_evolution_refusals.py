"""What an evolution refuses: too little memory, and input that does not fit."""

import numpy as np
import pytest

from qml_core.errors import CircuitRefused, SpecError
from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.problems.registers import Registers
from qml_core.optimisation.qaoa.evolution import open_evolution

GENERAL = Ising(8, {(0,): 0.3, (1, 4): 0.7})
MIXED = Registers(((0, 1, 2), (3,), (4, 5, 6, 7)))


def test_what_does_not_fit_is_refused_before_anything_is_made():
    huge = Ising(60, {(0,): 1.0, (3, 59): 0.5})
    with pytest.raises(CircuitRefused, match=r"60 qubits need [\d,]{20,} bytes, limit 1,000"):
        open_evolution(huge, memory_bytes=1000)
    with pytest.raises(CircuitRefused, match="60 qubits need"):
        open_evolution(huge, warm=np.full(60, 0.4), memory_bytes=1000)
    groups = Registers.of_levels([4] * 15)
    with pytest.raises(CircuitRefused, match="60 qubits need"):
        open_evolution(huge, groups, "xy_ring", memory_bytes=2**30)
    small = Registers.of_levels([30, 30])  # 900 states for 60 qubits
    assert len(open_evolution(huge, small, "xy_ring", memory_bytes=2**30).energies) == 900


@pytest.mark.parametrize("field", [{}, {(0,): 0.5}], ids=["even", "general"])
def test_26_qubits_are_admitted_to_six_state_vectors_but_not_to_two(field, monkeypatch):
    monkeypatch.setattr("qml_core.optimisation.qaoa.transverse_evolution.cost_diagonal", _not_made)
    ising, state = Ising(26, {(0, 1): 1.0} | field), 16 << 26
    with pytest.raises(CircuitRefused, match="26 qubits need"):
        open_evolution(ising, memory_bytes=2 * state)
    with pytest.raises(NotImplementedError):
        open_evolution(ising, memory_bytes=6 * state)


def _not_made(*_, **__):
    raise NotImplementedError


def test_bad_input_says_what_was_asked():
    with pytest.raises(SpecError, match="registers of 3 qubits given for an Ising of 8"):
        open_evolution(GENERAL, Registers.free(3))
    with pytest.raises(SpecError, match="warm start asked with mixer xy_ring"):
        open_evolution(GENERAL, MIXED, "xy_ring", warm=np.full(8, 0.5))
    for warm in (np.full(7, 0.5), np.full(8, 1.5), np.full(8, np.nan)):
        with pytest.raises(SpecError, match=r"needed: \(8,\) probabilities"):
            open_evolution(GENERAL, warm=warm)
    with pytest.raises(SpecError, match="mixer 'y' from start 'w'"):
        open_evolution(GENERAL, mixer="y")
    evolution = open_evolution(GENERAL)
    with pytest.raises(SpecError, match=r"angles of shape \(2, 0\) given, needed: \(2, p\)"):
        evolution.value_and_gradient(np.zeros((2, 0)))
    with pytest.raises(SpecError, match=r"needed: \(b, 2, p\)"):
        evolution.values(np.zeros((2, 1)))
    with pytest.raises(SpecError, match="no finite numbers"):
        evolution.values(np.full((1, 2, 1), np.nan))
