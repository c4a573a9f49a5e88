"""Noise-induced plateaus: gradients that fall with the depth since each gate loses the state.

Wang et al. 2021 (arXiv:2007.14384): under local Pauli noise every gradient is bounded by a factor
that falls exponentially with the layers, whatever the parameters and the cost.
"""

from dataclasses import dataclass

import numpy as np
import pennylane as qml
import torch
from numpy.typing import NDArray
from pennylane.operation import Operation

from qml_core.simulation.tape import record
from qml_core.training.diagnostics.cost import Cost
from qml_core.training.diagnostics.parametrised import Parametrised

Array = NDArray[np.float64]


@dataclass(frozen=True)
class GateErrors:
    """Depolarising probabilities after each gate, on each of its qubits: X, Y, Z with p/3 each."""

    one_qubit: float
    two_qubit: float

    def of(self, operation: Operation) -> float:
        return self.one_qubit if len(operation.wires) == 1 else self.two_qubit


def noisy_gradients(
    circuit: Parametrised, cost: Cost, errors: GateErrors, theta: Array, x: Array
) -> Array:
    """∂C/∂θ (S, P) at parameters (S, P) with depolarising after every gate, by density matrices.

    Exact expectation values of PennyLane's default.mixed: no shots.
    """
    device = qml.device("default.mixed", wires=circuit.n_qubits)

    def circuit_with_noise(features: torch.Tensor, parameters: torch.Tensor) -> object:
        for operation in record(circuit, features, parameters).operations:
            qml.apply(operation)
            for wire in operation.wires if errors.of(operation) else ():
                qml.DepolarizingChannel(errors.of(operation), wires=wire)
        if cost.diagonal is not None:
            return qml.probs(wires=range(circuit.n_qubits))
        assert cost.sentence is not None
        return qml.expval(cost.sentence.operation())

    measured = qml.QNode(circuit_with_noise, device, interface="torch", diff_method="backprop")
    parameters = torch.tensor(theta, requires_grad=True)
    read = measured(torch.from_numpy(np.array(x)), parameters)
    values = read if cost.diagonal is None else read @ cost.diagonal
    (found,) = torch.autograd.grad(((1 - values) / 2).sum(), parameters)
    gradient: Array = found.numpy()
    return gradient
