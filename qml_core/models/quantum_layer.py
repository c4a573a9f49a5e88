"""A quantum circuit as a layer of torch networks, in place of `qml.qnn.TorchLayer`.

layer = QuantumLayer(circuit, n_qubits=4, weight_shapes={"weights": (2, 4, 3)})
network = torch.nn.Sequential(torch.nn.Linear(30, 4), layer, torch.nn.Linear(4, 1))
"""

import warnings
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

import pennylane as qml
import torch
from torch import nn

from qml_core.circuits.variational import VariationalCircuit
from qml_core.errors import DataError
from qml_core.models.layer_function import Method, open_layer_function
from qml_core.models.layer_outputs import Outputs
from qml_core.simulation.circuit import Circuit, Gradient
from qml_core.simulation.precision import Precision
from qml_core.specs import CircuitSpec


class QuantumLayer(nn.Module):
    """Outputs (…, k) of inputs (…, d): each row of the inputs runs through the circuit.

    Weights are Parameters under the names of the circuit's arguments, so that a state_dict of
    TorchLayer is one of this layer. States are exact and in double precision whatever the inputs
    have; outputs have the dtype of the inputs. A circuit that returns one qml.expval, and no list,
    gives (…,).

    Args:
        circuit: a quantum function `f(inputs, w1, w2, …)` on wires 0 … n_qubits−1 that returns
            qml.expval of Pauli sums or qml.probs, one or a list of them; a QNode, whose function
            and number of wires are taken; a CircuitSpec or VariationalCircuit, whose weights are
            `theta` (P,) and whose inputs as many features as its qubits hold.
        n_qubits: none: those of the QNode's device, or of the VariationalCircuit.
        weight_shapes: of a function's arguments beside the inputs; n stands for (n,), 1 for ().
        init_method: of torch.nn.init, or by name such a function or a tensor; none: uniform in
            [0, 2π). All draw from torch's generator, as in TorchLayer.
        input_arg: name of the argument that takes the inputs.
        precision: single computes in complex64.
        gradient: autograd keeps the states of all steps; adjoint un-computes them.
        panel_bytes: memory for the states of rows worked on together, bytes.
        memory_bytes: memory a simulation may take; none: `QML_MEMORY_BYTES`, half the machine's.

    Raises:
        SpecError: shapes and arguments do not match, no number of qubits is known, or a QNode has
            shots or transforms.
        CircuitRefused: at the first call, where something else is returned.
    """

    def __init__(
        self,
        circuit: Callable[..., Any] | CircuitSpec | VariationalCircuit,
        n_qubits: int | None = None,
        weight_shapes: Mapping[str, int | Iterable[int]] | None = None,
        init_method: Method = None,
        *,
        input_arg: str = "inputs",
        precision: Precision = "double",
        gradient: Gradient = "autograd",
        panel_bytes: int = 2**30,
        memory_bytes: int | None = None,
    ) -> None:
        super().__init__()
        opened = open_layer_function(circuit, n_qubits, weight_shapes, init_method, input_arg)
        self._function, self.n_qubits, self.input_arg = opened, opened.n_qubits, input_arg
        for name in opened.shapes:
            self.register_parameter(name, nn.Parameter(opened.initial(name)))
        self._open = partial(
            Circuit,
            opened,
            opened.n_qubits,
            (True, *[False] * len(opened.shapes)),
            precision=precision,
            gradient=gradient,
            panel_bytes=panel_bytes,
            memory_bytes=memory_bytes,
        )
        self._circuits: dict[torch.device, Circuit] = {}
        self._outputs: dict[tuple[torch.Size, torch.device], Outputs] = {}

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """(…, k) of inputs (…, d); raises DataError where the inputs are a number or empty."""
        if inputs.ndim == 0 or not inputs.numel():
            raise DataError(f"inputs (…, features) asked, found shape {tuple(inputs.shape)}")
        rows = inputs.reshape(-1, inputs.shape[-1]).double()
        weights = [getattr(self, name).to(inputs.device, rows.dtype) for name in self._names]
        circuit, outputs = self._opened(rows, weights)
        values = circuit.read(outputs, rows, *weights).to(inputs.dtype)
        shape = (*inputs.shape[:-1], *([] if outputs.scalar else [values.shape[1]]))
        return values.reshape(shape)

    def __getstate__(self) -> dict[str, Any]:
        """Without what the calls so far have compiled, which is no data."""
        return {**self.__dict__, "_circuits": {}, "_outputs": {}}

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(self._function.shapes)

    def extra_repr(self) -> str:
        name = getattr(self._function.function, "__name__", "circuit")
        return f"{name}, n_qubits={self.n_qubits}"

    def _opened(self, rows: torch.Tensor, weights: list[torch.Tensor]) -> tuple[Circuit, Outputs]:
        device = rows.device
        if device not in self._circuits:
            self._circuits[device] = self._open(device=device)
        key = rows.shape[1:], device
        if key not in self._outputs:
            returned = _returned(self._function, rows[:1], weights)
            self._outputs[key] = Outputs(returned, self.n_qubits, device)
        return self._circuits[device], self._outputs[key]


def _returned(function: Callable[..., Any], row: torch.Tensor, weights: list[torch.Tensor]) -> Any:
    """What the function returns for one row, or where it asks for a batch, for a batch of one.

    Everything asks for a gradient, so that an observable made of a weight is told from a constant.
    """
    leaves = [t.detach().clone().requires_grad_() for t in (row, *weights)]
    with warnings.catch_warnings(), qml.queuing.AnnotatedQueue():
        warnings.simplefilter("ignore")
        try:
            return function(leaves[0][0], *leaves[1:])
        except Exception:
            return function(*leaves)
