"""A quantum function compiled for batches: analysed once, then states or expectation values.

circuit = Circuit(function, n_qubits=8, batched=(True, False))
circuit.states(X, theta)                      # (n, 2^8)
circuit.expectation(qml.Z(0), X, theta)       # (n,), differentiable
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import torch
from pennylane.operation import Operator
from pennylane.tape import QuantumScript
from torch.utils.checkpoint import checkpoint

from qml_core.errors import DataError
from qml_core.settings import Settings
from qml_core.simulation.memory import check_memory
from qml_core.simulation.observables import PauliSum, pauli_sum
from qml_core.simulation.precision import COMPLEX, Precision
from qml_core.simulation.tape import part_qubits, record, tape_factors, tape_states
from qml_core.simulation.tracing import Factor, Shapes, TracedCircuit, trace

Gradient = Literal["autograd", "adjoint"]


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
        found = tape_states(
            self._record(arguments, tensors),
            self.n_qubits,
            self.precision,
            gradient=self.gradient,
            device=self._device,
        )
        return found.reshape(-1, found.shape[-1]).expand(n, -1)

    @torch.no_grad()
    def factors(self, *arguments: Any) -> tuple[Factor, ...]:
        """Wires and states (n, 2^k) of the parts of the circuit that no gate joins.

        The state of all qubits is their product; it is never formed, so that a circuit without
        entanglers may have hundreds of qubits.
        """
        tensors, n = self._tensors(arguments)
        compiled = self._compile(tensors)
        if compiled is None:
            tape = self._record(arguments, tensors)
            needed = max(part_qubits(tape, self.n_qubits))
            check_memory(needed, self._dtype.itemsize, self._memory_bytes)
            return tuple(
                (wires, states.expand(n, -1))
                for wires, states in tape_factors(tape, self.n_qubits, self.precision)
            )
        check_memory(compiled.largest, self._dtype.itemsize, self._memory_bytes)
        return tuple((w, states.expand(n, -1)) for w, states in compiled.factors(tensors))

    def expectation(self, observable: Operator, *arguments: Any) -> torch.Tensor:
        """⟨observable⟩ of every row: (n,), real.

        Rows are worked on in panels; where a gradient is asked for, the states of a panel are
        computed again in the backward pass rather than kept for all panels.

        Raises:
            CircuitRefused: the observable is no sum of Pauli words.
        """
        tensors, n = self._tensors(arguments)
        terms = self._observable(observable)
        if n <= self._rows_at_once:
            return terms.expectation(self.states(*tensors))
        wants_gradient = torch.is_grad_enabled() and any(t.requires_grad for t in tensors)
        parts = []
        for start in range(0, n, self._rows_at_once):
            rows = slice(start, start + self._rows_at_once)
            own = [t[rows] if b else t for t, b in zip(tensors, self._batched, strict=True)]
            if wants_gradient:
                parts.append(checkpoint(self._panel, terms, *own, use_reentrant=False))
            else:
                parts.append(self._panel(terms, *own))
        return torch.cat(parts)

    def _panel(self, terms: PauliSum, *tensors: torch.Tensor) -> torch.Tensor:
        return terms.expectation(self.states(*tensors))

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
        tensors = [torch.as_tensor(a, dtype=torch.float64, device=self._device) for a in arguments]
        rows = {len(t) for t, b in zip(tensors, self._batched, strict=True) if b}
        if len(rows) > 1:
            raise DataError(f"batched arguments with {sorted(rows)} rows, asked for equal numbers")
        return tensors, rows.pop() if rows else 1

    def _record(self, arguments: Sequence[Any], tensors: Sequence[torch.Tensor]) -> QuantumScript:
        """The tape of a function that could not be traced, with arrays as they were given."""
        if isinstance(self._function, QuantumScript):
            return self._function
        wants_gradient = any(t.requires_grad for t in tensors)
        return record(self._function, *(tensors if wants_gradient else arguments))

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
