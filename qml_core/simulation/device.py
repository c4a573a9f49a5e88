"""The engine as a device of PennyLane: qml.device("qml.batched", wires=n)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pennylane as qml
from numpy.typing import NDArray
from pennylane.devices import Device, ExecutionConfig
from pennylane.devices.default_qubit import (
    ALL_DQ_GATES,
    accepted_analytic_measurement,
    accepted_sample_measurement,
)
from pennylane.devices.modifiers import simulator_tracking, single_tape_support
from pennylane.devices.preprocess import (
    decompose,
    device_resolve_dynamic_wires,
    no_sampling,
    validate_device_wires,
    validate_measurements,
)
from pennylane.devices.qubit.simulate import measure_final_state
from pennylane.exceptions import DeviceError
from pennylane.math import Interface, get_interface
from pennylane.operation import Operator
from pennylane.tape import QuantumScript
from pennylane.transforms.core import CompilePipeline

from qml_core.settings import Settings
from qml_core.simulation.admission import NAME, one_row_where_shadows, only_unitary, within_memory
from qml_core.simulation.interfaces import tape_state
from qml_core.simulation.precision import COMPLEX, Precision

_BACKPROP = {Interface.NUMPY, Interface.AUTO, Interface.TORCH, Interface.AUTOGRAD}


@simulator_tracking
@single_tape_support
class BatchedQubit(Device):  # type: ignore[misc]
    """Exact simulation of pure states, one pass for a whole batch of parameters.

    Args:
        wires: how many, or their labels; none: whatever the circuit uses.
        shots: number of samples; none: exact results.
        seed: for samples, anything that numpy.random.default_rng takes, a Generator too.
        precision: `double` (complex128) or `single` (complex64).
        memory_bytes: memory a simulation may take; none: `QML_MEMORY_BYTES`, half the machine's.

    Raises:
        CircuitRefused: at execution, of a circuit that does not fit into memory, measures inside
            or is not unitary; the message says what is needed or which device to use.
    """

    name = NAME

    def __init__(
        self,
        wires: Any = None,
        shots: Any = None,
        *,
        seed: Any = None,
        precision: Precision = "double",
        memory_bytes: int | None = None,
    ) -> None:
        super().__init__(wires=wires, shots=shots)
        if precision not in COMPLEX:
            raise DeviceError(f"precision={precision!r} asked of {NAME}, there are double, single")
        self._rng = np.random.default_rng(seed)
        self._precision: Precision = precision
        limit = Settings.from_environment().memory_bytes if memory_bytes is None else memory_bytes
        self._memory_bytes = limit

    def supports_derivatives(
        self, execution_config: ExecutionConfig | None = None, circuit: QuantumScript | None = None
    ) -> bool:
        """Backpropagation of exact results through torch or autograd; PennyLane does the others."""
        if execution_config is None:
            return True
        if execution_config.gradient_method not in {"backprop", "best"}:
            return False
        if execution_config.interface not in _BACKPROP:
            return False
        return circuit is None or not (
            circuit.shots
            or any(isinstance(m.obs, qml.SparseHamiltonian) for m in circuit.measurements)
        )

    def setup_execution_config(
        self, config: ExecutionConfig | None = None, circuit: QuantumScript | None = None
    ) -> ExecutionConfig:
        """The configuration with the derivatives this device chooses.

        Raises:
            DeviceError: an option the device does not have.
        """
        config = config or ExecutionConfig()
        if config.device_options:
            raise DeviceError(f"{NAME} has no options per execution: {dict(config.device_options)}")
        method = config.gradient_method
        if method == "best" and self.supports_derivatives(config, circuit):
            method = "backprop"
        backprop = method == "backprop"
        chosen = {
            "use_device_gradient": backprop,
            "use_device_jacobian_product": False,
            "grad_on_execution": False,
        }
        unset = {name: value for name, value in chosen.items() if getattr(config, name) is None}
        return replace(config, gradient_method=method, **unset)

    def preprocess_transforms(
        self, execution_config: ExecutionConfig | None = None
    ) -> CompilePipeline:
        """Checks, and decompositions of what has no matrix; parameters keep their batch."""
        config = execution_config or ExecutionConfig()
        pipeline = CompilePipeline()
        pipeline.add_transform(only_unitary)
        pipeline.add_transform(
            decompose,
            stopping_condition=_runs,
            device_wires=self.wires,
            target_gates=ALL_DQ_GATES,
            name=self.name,
        )
        pipeline.add_transform(device_resolve_dynamic_wires, wires=self.wires, allow_resets=False)
        pipeline.add_transform(validate_device_wires, self.wires, name=self.name)
        pipeline.add_transform(
            validate_measurements,
            analytic_measurements=accepted_analytic_measurement,
            sample_measurements=accepted_sample_measurement,
            name=self.name,
        )
        pipeline.add_transform(one_row_where_shadows)
        pipeline.add_transform(within_memory, self._memory_bytes, COMPLEX[self._precision].itemsize)
        if config.gradient_method == "backprop":
            pipeline.add_transform(no_sampling, name=f"backprop + {self.name}")
        return pipeline

    def execute(
        self, circuits: Sequence[QuantumScript], execution_config: ExecutionConfig | None = None
    ) -> tuple[Any, ...]:
        """Results of tapes that went through `preprocess_transforms`."""
        config = execution_config or ExecutionConfig()
        keep = config.gradient_method == "backprop" and config.interface == Interface.TORCH
        return tuple(self._result(circuit.map_to_standard_wires(), keep) for circuit in circuits)

    def _result(self, tape: QuantumScript, torch_results: bool) -> Any:
        keep_torch = torch_results or get_interface(*tape.get_parameters(False)) == "torch"
        state = tape_state(tape, self._precision, keep_torch=keep_torch and not tape.shots)
        batched = tape.batch_size is not None
        if tape.shots and self._precision == "single":
            state = _normalised(state, batched)
        return measure_final_state(tape, state, batched, rng=self._rng)


def _normalised(state: NDArray[np.complex64], batched: bool) -> NDArray[np.complex128]:
    """As PennyLane wants the states it samples, to 1e-6: single precision may be further off."""
    double = state.astype(np.complex128)
    amplitudes = tuple(range(int(batched), double.ndim))
    norm = np.sqrt(np.sum(np.abs(double) ** 2, axis=amplitudes, keepdims=True))
    normalised: NDArray[np.complex128] = double / norm
    return normalised


def _runs(op: Operator) -> bool:
    """Whether the engine takes it as it is: it decomposes by itself what has a large matrix."""
    return bool(op.has_matrix) or op.name in {"Snapshot", "Allocate", "Deallocate"}
