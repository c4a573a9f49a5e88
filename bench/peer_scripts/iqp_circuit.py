"""The IQP circuit of this project's encoding in Qiskit: qubit i carries feature i."""

from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector


def iqp_circuit(n_qubits: int, reps: int = 2) -> QuantumCircuit:
    """`reps` times: H on all, RZ(x_i) on each, exp(-i x_i x_j ZZ/2) on all pairs."""
    x = ParameterVector("x", n_qubits)
    circuit = QuantumCircuit(n_qubits)
    for _ in range(reps):
        for i in range(n_qubits):
            circuit.h(i)
            circuit.rz(x[i], i)
        for i in range(n_qubits):
            for j in range(i + 1, n_qubits):
                circuit.rzz(x[i] * x[j], i, j)
    return circuit
