"""What a quantum layer is made of, from a quantum function, a QNode or a variational circuit."""

import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import pennylane as qml
import torch

from qml_core.circuits.readout import Readout, open_readout
from qml_core.circuits.variational import VariationalCircuit, open_circuit
from qml_core.errors import SpecError
from qml_core.models.capacity import features_for, outcomes
from qml_core.specs import CircuitSpec, MeasurementSpec

Shapes = Mapping[str, tuple[int, ...]]
Initialise = Callable[[torch.Tensor], torch.Tensor]
Method = Initialise | Mapping[str, Initialise | torch.Tensor] | None


@dataclass(frozen=True)
class LayerFunction:
    """A quantum function of inputs and named weights, and how its weights begin."""

    function: Callable[..., Any]
    n_qubits: int
    input_arg: str
    shapes: Shapes
    method: Method = None
    """None: uniform in [0, 2π)."""

    def __call__(self, inputs: Any, *weights: Any) -> Any:
        """What it returns for weights in the order of the shapes."""
        named = dict(zip(self.shapes, weights, strict=True))
        return self.function(**{self.input_arg: inputs}, **named)

    def initial(self, name: str) -> torch.Tensor:
        """Start value of a weight, in torch's default dtype, drawn from torch's generator."""
        method = self.method[name] if isinstance(self.method, Mapping) else self.method
        shape = self.shapes[name]
        if isinstance(method, torch.Tensor):
            if tuple(method.shape) != shape:
                raise SpecError(
                    f"weight {name!r} of shape {shape} was given values of {tuple(method.shape)}"
                )
            return method
        draw = method or partial(torch.nn.init.uniform_, b=2 * math.pi)
        return draw(torch.empty(shape)) if shape else draw(torch.empty(1))[0]


def open_layer_function(
    circuit: Callable[..., Any] | CircuitSpec | VariationalCircuit,
    n_qubits: int | None,
    weight_shapes: Mapping[str, int | Iterable[int]] | None,
    method: Method,
    input_arg: str,
) -> LayerFunction:
    """Raises SpecError where shapes, arguments and numbers of qubits do not match."""
    if isinstance(circuit, (CircuitSpec, VariationalCircuit)):
        if weight_shapes:
            raise SpecError(
                f"weight_shapes={dict(weight_shapes)} beside a circuit that knows its parameters",
                "leave weight_shapes out",
            )
        return _of_circuit(circuit, n_qubits, method, input_arg)
    function, wires = circuit, None
    if isinstance(circuit, qml.QNode):
        _check_exact(circuit)
        function, wires = circuit.func, circuit.device.wires
    if n_qubits is None and wires is None:
        raise SpecError("n_qubits asked, found none", "give n_qubits, or a QNode whose device does")
    shapes = {name: _shape(size) for name, size in (weight_shapes or {}).items()}
    _check_arguments(function, input_arg, shapes)
    return LayerFunction(function, n_qubits or len(wires or ()), input_arg, shapes, method)


def _check_exact(node: qml.QNode) -> None:
    """Refuse what the layer would leave out, and with it change the outputs."""
    left_out = [str(transform) for transform in node.compile_pipeline]
    if node.shots.total_shots is not None:
        left_out = [f"shots={node.shots.total_shots}", *left_out]
    if left_out:
        raise SpecError(
            f"a quantum layer computes the plain circuit exactly, found a QNode with "
            f"{', '.join(left_out)}",
            "take them off the QNode, or keep qml.qnn.TorchLayer",
        )


def _of_circuit(
    circuit: CircuitSpec | VariationalCircuit, n_qubits: int | None, method: Method, input_arg: str
) -> LayerFunction:
    measurement = MeasurementSpec()
    if isinstance(circuit, CircuitSpec):
        if n_qubits is None:
            raise SpecError("n_qubits asked beside a CircuitSpec, found none")
        measurement = circuit.measurement
        circuit = open_circuit(circuit, features_for(circuit.encoding, n_qubits))
    if n_qubits not in (None, circuit.n_qubits):
        raise SpecError(f"n_qubits={n_qubits}, but the circuit has {circuit.n_qubits}")
    outputs = outcomes(measurement, circuit.n_qubits)
    readout = open_readout(measurement, circuit.n_qubits, outputs)
    function = partial(_measured, circuit, readout, input_arg)
    shapes = {"theta": (circuit.n_parameters,)}
    method = method or {"theta": partial(_uniform, circuit.is_factor)}
    return LayerFunction(function, circuit.n_qubits, input_arg, shapes, method)


def _measured(circuit: VariationalCircuit, readout: Readout, input_arg: str, **named: Any) -> Any:
    circuit(named[input_arg], named["theta"])
    return [qml.expval(sentence.operation()) for sentence in readout.sentences]


def _uniform(is_factor: tuple[bool, ...], theta: torch.Tensor) -> torch.Tensor:
    """Angles uniform in [0, 2π); factors of features 1."""
    drawn = torch.nn.init.uniform_(theta, b=2 * math.pi)
    return torch.where(torch.tensor(is_factor), 1.0, drawn)


def _shape(size: int | Iterable[int]) -> tuple[int, ...]:
    """TorchLayer's reading: 1 is a number."""
    if isinstance(size, Iterable):
        return tuple(size)
    return () if size == 1 else (size,)


def _check_arguments(function: Callable[..., Any], input_arg: str, shapes: Shapes) -> None:
    found = inspect.signature(function).parameters
    kinds = {p.kind for p in found.values()}
    named = {n for n, p in found.items() if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)}
    open_ended = inspect.Parameter.VAR_KEYWORD in kinds
    if input_arg not in named or input_arg in shapes or inspect.Parameter.VAR_POSITIONAL in kinds:
        raise SpecError(
            f"a circuit with an argument {input_arg!r}, no *args and no weight of that name asked, "
            f"found arguments {sorted(found)} and weights {sorted(shapes)}",
            "name the argument that takes the inputs with input_arg",
        )
    missing, unknown = named - {input_arg} - set(shapes), set(shapes) - named
    if missing or (unknown and not open_ended):
        raise SpecError(
            f"weights {sorted(shapes)} have shapes, the circuit asks for "
            f"{sorted(named - {input_arg})}",
            "give weight_shapes a shape for every argument beside the inputs",
        )
