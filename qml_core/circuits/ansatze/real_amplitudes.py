"""Real amplitudes: RY and a chain of CNOT."""

from collections.abc import Sequence

import pennylane as qml

from qml_core.circuits.ansatze._ansatz import Angles, Ansatz
from qml_core.circuits.ansatze.simplified_two_design import first_rotations


def real_amplitudes(theta: Angles, wires: Sequence[int], index: int) -> None:
    """CNOT from each qubit to the next, the last pair first, then RY by theta[i] on qubit i.

    The circuit of Qiskit's RealAmplitudes with its default, reverse linear entanglement.
    """
    for i in reversed(range(len(wires) - 1)):
        qml.CNOT((wires[i], wires[i + 1]))
    first_rotations(theta, wires)


ANSATZ = Ansatz(
    name="real_amplitudes",
    layer=real_amplitudes,
    per_layer=lambda n_qubits: n_qubits,
    before=first_rotations,
    before_count=lambda n_qubits: n_qubits,
    paper="Abbas et al., Nat. Comput. Sci. 1, 403 (2021), arXiv:2011.00027",
    description="RY on every qubit between chains of CNOT: few parameters, real states.",
)
