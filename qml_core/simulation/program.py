"""A circuit prepared to run: fused steps, their constants, and how angles make their blocks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pennylane as qml
import torch

from qml_core.simulation import fusion
from qml_core.simulation.allocation import keep_freed_memory
from qml_core.simulation.evolution import adjoint, autograd, autograd_free
from qml_core.simulation.fusion import DiagonalRun, IndexMap, OneQubitLayer, fuse
from qml_core.simulation.gates import CONSTANT, Fixed, Gate, Rotation, Varying
from qml_core.simulation.precision import REAL
from qml_core.simulation.products import Group, Place, Products, groups
from qml_core.simulation.steps import Dense, Gather, Phase, Product, Step, coefficients

Angles = tuple[torch.Tensor, torch.Tensor]
"""Those of all rows (1, P) and those that differ by row (n, Q), radians, float64."""

Source = Callable[[Angles, Sequence[torch.Tensor]], torch.Tensor]
"""The block of a step from the angles and the matrices of all groups."""


@dataclass(frozen=True)
class _Prepared:
    step: Step
    source: Source


class Program:
    """States of one circuit from its angles.

    Args:
        batched: of each slot, whether its angle differs by row.
        initial: state (2^n_qubits,) or (n, 2^n_qubits) to start from; none: |0…0⟩.
        dtype: complex128 or complex64; states of a real circuit are real all the same.
    """

    def __init__(
        self,
        gates: Sequence[Gate],
        n_qubits: int,
        batched: Sequence[bool],
        *,
        initial: torch.Tensor | None = None,
        dtype: torch.dtype = torch.complex128,
        device: torch.device | None = None,
    ) -> None:
        keep_freed_memory()
        self.n_qubits, self._device = n_qubits, device or torch.device("cpu")
        self._places = _places(batched)
        steps = fuse(gates, n_qubits, batched)
        self.real = all(map(_is_real, steps)) and (initial is None or not initial.is_complex())
        self.dtype = REAL[dtype] if self.real else dtype
        layers = [groups(s, n_qubits, batched) for s in steps if isinstance(s, OneQubitLayer)]
        self._groups = [group for layer in layers for group in layer]
        self._products = Products(self._groups, self._places, self._device, real=self.real)
        self._initial = initial
        begins_with_layer = initial is None and steps and isinstance(steps[0], OneQubitLayer)
        self._first = len(layers[0]) if begins_with_layer else 0
        self._phases: dict[object, _Prepared] = {}
        self._next_group = self._first
        self._steps = [p for s in steps[bool(self._first) :] for p in self._prepare(s, batched)]

    def states(self, shared: torch.Tensor, varying: torch.Tensor, mode: str) -> torch.Tensor:
        """(n, 2^n_qubits), or (1, 2^n_qubits) where no angle differs by row.

        Args:
            mode: autograd, adjoint, or none where no gradient is asked for.
        """
        matrices = [self._cast(m) for m in self._products(shared, varying)]
        blocks = [p.source((shared, varying), matrices) for p in self._steps]
        state = self._start(matrices[: self._first])
        evolve = {"autograd": autograd, "adjoint": adjoint, "none": autograd_free}[mode]
        return evolve([p.step for p in self._steps], blocks, state)

    def _cast(self, matrix: torch.Tensor) -> torch.Tensor:
        real = self.dtype if self.real else REAL[self.dtype]
        return matrix.to(self.dtype if matrix.is_complex() else real)

    def _start(self, first: Sequence[torch.Tensor]) -> torch.Tensor:
        """The initial state, or the product state that the first layer makes of |0…0⟩."""
        if self._initial is not None:
            return self._initial.to(self._device, self.dtype).reshape(-1, 2**self.n_qubits)
        state = torch.ones((1, 1), dtype=REAL.get(self.dtype, self.dtype), device=self._device)
        wire = 0
        for group, matrix in zip(self._groups[: self._first], first, strict=True):
            state = _padded(state, group.wire - wire)
            column = matrix[..., :, 0].reshape(-1, matrix.shape[-1])
            state = (state[:, :, None] * column[:, None, :]).flatten(1)
            wire = group.wire + group.size
        return _padded(state, self.n_qubits - wire).to(self.dtype)

    def _prepare(self, step: fusion.Step, batched: Sequence[bool]) -> list[_Prepared]:
        if isinstance(step, DiagonalRun):
            return [self._phase(step)]
        if isinstance(step, OneQubitLayer):
            return [self._product(group) for group in groups(step, self.n_qubits, batched)]
        if isinstance(step, IndexMap):
            empty = torch.empty(0)
            return [_Prepared(Gather(step, self._device), lambda angles, matrices: empty)]
        dense = Dense(step.gate.wires, self.n_qubits)
        return [_Prepared(dense, self._matrix(step.gate))]

    def _phase(self, run: DiagonalRun) -> _Prepared:
        """Equal runs are one step, so that their factor may be computed once."""
        name = tuple((mask, tuple(sorted(s.items()))) for mask, s in sorted(run.exponents.items()))
        if name not in self._phases:
            step = Phase(list(run.exponents), self.n_qubits, self._device)
            columns = {k: {} for k in (False, True)}  # type: dict[bool, dict[int, int]]
            for slot, (varies, column) in enumerate(self._places):
                columns[varies][slot] = column
            parts = [coefficients(run.exponents, columns[k]) for k in (False, True)]
            constant = coefficients(run.exponents, {CONSTANT: 0})
            tensors = [torch.from_numpy(part).to(self._device) for part in (*parts, constant)]
            self._phases[name] = _Prepared(step, _exponents(*tensors))
        return self._phases[name]

    def _product(self, group: Group) -> _Prepared:
        position = self._next_group
        self._next_group += 1
        product = Product(group.wire, group.size, self.n_qubits)
        return _Prepared(product, lambda angles, matrices: matrices[position])

    def _matrix(self, gate: Fixed | Varying) -> Source:
        if isinstance(gate, Fixed):
            fixed = torch.from_numpy(gate.matrix).to(self._device)
            fixed = fixed.to(self.dtype) if fixed.ndim == 3 else self._cast(fixed)
            return lambda angles, matrices: fixed
        places = [None if slot is None else self._places[slot] for slot in gate.slots]

        def source(angles: Angles, matrices: Sequence[torch.Tensor]) -> torch.Tensor:
            values = [
                own if place is None else _column(angles, place)
                for own, place in zip(gate.operation.data, places, strict=True)
            ]
            bound = qml.ops.functions.bind_new_parameters(gate.operation, values)
            return torch.as_tensor(bound.matrix()).to(self._device, self.dtype)

        return source


def _places(batched: Sequence[bool]) -> list[Place]:
    counts = {False: 0, True: 0}
    places = []
    for varies in batched:
        places.append((varies, counts[varies]))
        counts[varies] += 1
    return places


def _is_real(step: fusion.Step) -> bool:
    if isinstance(step, OneQubitLayer):
        return all(_is_real_gate(gate) for gates in step.gates.values() for gate in gates)
    if isinstance(step, fusion.Dense):
        return isinstance(step.gate, Fixed) and not np.iscomplexobj(step.gate.matrix)
    return isinstance(step, IndexMap)


def _is_real_gate(gate: Rotation | Fixed) -> bool:
    return gate.pauli == "Y" if isinstance(gate, Rotation) else not np.iscomplexobj(gate.matrix)


def _padded(state: torch.Tensor, wires: int) -> torch.Tensor:
    """Further wires in |0⟩ behind those of the state."""
    if not wires:
        return state
    zero = state.new_zeros(1, 2**wires)
    zero[0, 0] = 1.0
    return (state[:, :, None] * zero[:, None, :]).flatten(1)


def _exponents(shared: torch.Tensor, varying: torch.Tensor, constant: torch.Tensor) -> Source:
    """Exponents of the masks: (1, M), or (n, M) where an angle that differs by row has a part."""
    is_shared = not torch.any(varying != 0)

    def source(angles: Angles, matrices: Sequence[torch.Tensor]) -> torch.Tensor:
        total = angles[0] @ shared + constant
        return total if is_shared else total + angles[1] @ varying

    return source


def _column(angles: Angles, place: Place) -> torch.Tensor:
    varies, column = place
    return angles[1][:, column] if varies else angles[0][0, column]
