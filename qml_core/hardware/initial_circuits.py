"""The circuits that a training begins with: what the gates look at, and what a canary mirrors."""

import numpy as np
import pennylane as qml
import torch
from numpy.typing import NDArray
from pennylane.operation import Operation

from qml_core.circuits.bases import joint_bases
from qml_core.hardware.orders import longest
from qml_core.hardware.pairs import plain
from qml_core.hardware.protocol import Circuit
from qml_core.models.network import Network

Array = NDArray[np.float64]


def initial_circuits(network: Network, X: Array) -> tuple[Circuit, ...]:
    """The circuit of each row (n, d) with the initial parameters, read out on all wires.

    Of a hybrid model it encodes what its encoder makes of the row before it is trained.
    """
    theta = network.theta.detach().numpy(force=True)
    read = [qml.counts(wires=range(network.circuit.n_qubits))]
    record = qml.tape.make_qscript(network.circuit)
    scripts = (record(row, theta) for row in _encoded(network, X))
    return tuple(Circuit([plain(op) for op in script.operations], read) for script in scripts)


def longest_circuit(network: Network, X: Array) -> Circuit:
    """The longest of the circuits of some rows (n, d), with its change of basis."""
    rotations: tuple[Operation, ...] = ()
    if network.readout.diagonals is None:
        bases = joint_bases(network.readout).bases
        rotations = max((basis.rotations for basis in bases), key=len, default=())
    first = longest(initial_circuits(network, X))
    return Circuit([*first.operations, *rotations], first.measurements)


@torch.no_grad()
def _encoded(network: Network, X: Array) -> Array:
    if network.encoder is None:
        return X
    found: Array = network.encoder(torch.from_numpy(X)).numpy()
    return found
