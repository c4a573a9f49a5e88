"""A quantum function compiled for batches: analysed once, then states or expectation values.

circuit = Circuit(function, n_qubits=8, batched=(True, False))
circuit.states(X, theta)                      # (n, 2^8)
circuit.expectation(qml.Z(0), X, theta)       # (n,), differentiable
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal

import numpy as np
import torch
from pennylane.operation import Operator
from pennylane.tape import QuantumScript
from torch.utils.checkpoint import checkpoint

from qml_core.errors import DataError
from qml_core.settings import Settings
from qml_core.simulation.memory import check_memory
from qml_core.simulation.observables import PauliSum, pauli_sum
from qml_core.simulation.precision import COMPLEX, Precision
from qml_core.simulation.recording import record_rows
from qml_core.simulation.tape import part_qubits, tape_factors, tape_states
from qml_core.simulation.tracing import Factor, Shapes, TracedCircuit, trace

Gradient = Literal["autograd", "adjoint"]
Reading = Callable[[torch.Tensor], torch.Tensor]


class Circuit:
    """A quantum function of arrays on wires 0 … n_qubits−1.

    It is traced with symbols at the first call with arguments of some shape; a function that needs
    their values (a comparison, a sine, a state preparation) is called anew with every batch.

    Args:
        function: called as `function(*arguments)`, queues PennyLane operations; or a tape.
        batched: of each argument, whether its first axis runs over the rows of a batch.
        gradient: autograd keeps the state after every step; adjoint un-computes them, at about
            twice the time and a few states of memory whatever the depth.
        panel_bytes: memory for the states of the rows worked on together in `expectation`.
        memory_bytes: memory a simulation may take; none: `QML_MEMORY_BYTES`, half the machine's.

    Raises:
        CircuitRefused: one state vector does not fit, a measurement inside the circuit, or an
            operation that is not unitary.
    """

    def __init__(
        self,
        function: Callable[..., object] | QuantumScript,
        n_qubits: int,
        batched: Sequence[bool] = (True,),
        *,
        precision: Precision = "double",
        gradient: Gradient = "autograd",
        panel_bytes: int = 2**30,
        memory_bytes: int | None = None,
        device: torch.device | str = "cpu",
    ) -> None:
        self.n_qubits, self.precision, self.gradient = n_qubits, precision, gradient
        self._function, self._batched = function, tuple(batched)
        self._device, self._dtype = torch.device(device), COMPLEX[precision]
        limit = Settings.from_environment().memory_bytes if memory_bytes is None else memory_bytes
        self._memory_bytes = limit
        self._rows_at_once = max(1, panel_bytes // (4 * self._dtype.itemsize << n_qubits))
        self._compiled: dict[Shapes, TracedCircuit | None] = {}
        self._observables: dict[int, tuple[Operator, PauliSum]] = {}

    def states(self, *arguments: Any) -> torch.Tensor:
        """State vectors (n, 2^n_qubits), wire 0 the most significant bit; real if the circuit is.

        Args:
            arguments: arrays or tensors; angles in radians. Batched ones (n, …).
        """
        check_memory(self.n_qubits, self._dtype.itemsize, self._memory_bytes)
        tensors, n = self._tensors(arguments)
        differentiate = torch.is_grad_enabled() and any(t.requires_grad for t in tensors)
        mode = self.gradient if differentiate else "none"
        compiled = self._compile(tensors)
        if compiled is not None:
            return compiled.states(tensors, mode).expand(n, -1)
        return self._tape_states(self._record(arguments, tensors, n))

    def _tape_states(self, tapes: Sequence[QuantumScript]) -> torch.Tensor:
        simulate = partial(
            tape_states,
            n_qubits=self.n_qubits,
            precision=self.precision,
            gradient=self.gradient,
            device=self._device,
        )
        return torch.cat([simulate(tape).reshape(-1, 2**self.n_qubits) for tape in tapes])

    @torch.no_grad()
    def factors(self, *arguments: Any) -> tuple[Factor, ...]:
        """Wires and states (n, 2^k) of the parts of the circuit that no gate joins.

        The state of all qubits is their product; it is never formed, so that a circuit without
        entanglers may have hundreds of qubits.
        """
        tensors, n = self._tensors(arguments)
        compiled = self._compile(tensors)
        if compiled is None:
            return self._tape_factors(self._record(arguments, tensors, n))
        check_memory(compiled.largest, self._dtype.itemsize, self._memory_bytes)
        return tuple((w, states.expand(n, -1)) for w, states in compiled.factors(tensors))

    def _tape_factors(self, tapes: Sequence[QuantumScript]) -> tuple[Factor, ...]:
        needed = max(max(part_qubits(tape, self.n_qubits)) for tape in tapes)
        check_memory(needed, self._dtype.itemsize, self._memory_bytes)
        of_rows = [tape_factors(tape, self.n_qubits, self.precision) for tape in tapes]
        parts = list(zip(*of_rows, strict=False))
        if any(len({wires for wires, _ in part}) > 1 for part in parts):  # each row its own
            check_memory(self.n_qubits, self._dtype.itemsize, self._memory_bytes)
            return ((tuple(range(self.n_qubits)), self._tape_states(tapes)),)
        return tuple((part[0][0], torch.cat([states for _, states in part])) for part in parts)

    def expectation(self, observable: Operator, *arguments: Any) -> torch.Tensor:
        """⟨observable⟩ of every row: (n,), real.

        Raises:
            CircuitRefused: the observable is no sum of Pauli words.
        """
        check_memory(self.n_qubits, self._dtype.itemsize, self._memory_bytes)
        return self.read(self._observable(observable).expectation, *arguments)

    def read(self, reading: Reading, *arguments: Any) -> torch.Tensor:
        """What `reading` makes of the states of every row: (n, …).

        Rows are worked on in panels; where a gradient is asked for, the states of a panel are
        computed again in the backward pass rather than kept for all panels.

        Args:
            reading: called with states (rows, 2^n_qubits), gives (rows, …), each row by itself.
        """
        check_memory(self.n_qubits, self._dtype.itemsize, self._memory_bytes)
        tensors, n = self._tensors(arguments)
        if n <= self._rows_at_once:
            return reading(self.states(*arguments))
        wants_gradient = torch.is_grad_enabled() and any(t.requires_grad for t in tensors)
        given = self._given(arguments, tensors)
        parts = []
        for start in range(0, n, self._rows_at_once):
            rows = slice(start, start + self._rows_at_once)
            own = [a[rows] if b else a for a, b in zip(given, self._batched, strict=True)]
            if wants_gradient:
                parts.append(checkpoint(self._panel, reading, *own, use_reentrant=False))
            else:
                parts.append(self._panel(reading, *own))
        return torch.cat(parts)

    def _panel(self, reading: Reading, *arguments: Any) -> torch.Tensor:
        return reading(self.states(*arguments))

    def _observable(self, observable: Operator) -> PauliSum:
        found = self._observables.get(id(observable))
        if found is None:  # the operator is kept, so that its id stays its own
            found = observable, pauli_sum(observable, self.n_qubits, self._device)
            self._observables = {id(observable): found}
        return found[1]

    def _tensors(self, arguments: Sequence[Any]) -> tuple[list[torch.Tensor], int]:
        if len(arguments) != len(self._batched):
            raise DataError(
                f"circuit of {len(self._batched)} arguments called with {len(arguments)}",
                "say with batched=(…) which arguments there are",
            )
        tensors = [
            torch.as_tensor(_writable(a), dtype=torch.float64, device=self._device)
            for a in arguments
        ]
        shapes = [tuple(t.shape) for t, b in zip(tensors, self._batched, strict=True) if b]
        rows = {shape[0] if shape else 0 for shape in shapes}
        if len(rows) > 1 or rows == {0}:
            raise DataError(
                f"batched arguments of shapes {shapes}, asked for equal numbers of rows, not none",
                "say with batched=(…) which arguments have a row for each state",
            )
        return tensors, rows.pop() if rows else 1

    def _record(
        self, arguments: Sequence[Any], tensors: Sequence[torch.Tensor], n: int
    ) -> list[QuantumScript]:
        """Tapes of a function that could not be traced."""
        if isinstance(self._function, QuantumScript):
            return [self._function]
        return record_rows(self._function, self._given(arguments, tensors), self._batched, n)

    def _given(self, arguments: Sequence[Any], tensors: Sequence[torch.Tensor]) -> Sequence[Any]:
        """Arrays as they were given; tensors where a gradient is asked for."""
        if any(t.requires_grad for t in tensors):
            return tensors
        return [a if isinstance(a, torch.Tensor) else np.asarray(a) for a in arguments]

    def _compile(self, tensors: Sequence[torch.Tensor]) -> TracedCircuit | None:
        if isinstance(self._function, QuantumScript):
            return None
        pairs = zip(tensors, self._batched, strict=True)
        shapes = tuple(tuple(t.shape[1:] if b else t.shape) for t, b in pairs)
        if shapes not in self._compiled:
            self._compiled[shapes] = trace(
                self._function, self.n_qubits, shapes, self._batched, self._dtype, self._device
            )
        return self._compiled[shapes]


def _writable(argument: Any) -> Any:
    """Torch warns of arrays that are read-only, as those of a memory map or of pandas are."""
    if isinstance(argument, np.ndarray) and not argument.flags.writeable:
        return argument.copy()
    return argument
