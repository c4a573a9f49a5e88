"""A circuit prepared to run: fused steps, their constants, and how angles make their blocks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pennylane as qml
import torch

from qml_core.simulation import fusion
from qml_core.simulation.allocation import keep_freed_memory
from qml_core.simulation.bank import Place
from qml_core.simulation.evolution import adjoint, autograd, autograd_free
from qml_core.simulation.fusion import DiagonalRun, IndexMap, OneQubitLayer, fuse
from qml_core.simulation.gates import CONSTANT, Fixed, Gate, Rotation, Varying
from qml_core.simulation.precision import REAL
from qml_core.simulation.product_state import ProductState
from qml_core.simulation.products import Group, Products, groups
from qml_core.simulation.refusals import check_unitary
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
        first = steps[0] if initial is None and steps else None
        self._initial = initial
        self._product_state = None
        if isinstance(first, OneQubitLayer):
            steps = steps[1:]
            self._product_state = ProductState(
                first, n_qubits, self._places, self._device, real=self.real
            )
        layers = [s for s in steps if isinstance(s, OneQubitLayer)]
        self._groups = [group for s in layers for group in groups(s, n_qubits, batched)]
        self._products = Products(self._groups, self._places, self._device, real=self.real)
        self._phases: dict[object, _Prepared] = {}
        self._next_group = 0
        self._steps = [p for s in steps for p in self._prepare(s, batched)]

    def states(self, shared: torch.Tensor, varying: torch.Tensor, mode: str) -> torch.Tensor:
        """(n, 2^n_qubits), or (1, 2^n_qubits) where no angle differs by row.

        Args:
            mode: autograd, adjoint, or none where no gradient is asked for.
        """
        matrices = [self._cast(m) for m in self._products(shared, varying)]
        blocks = [p.source((shared, varying), matrices) for p in self._steps]
        state = self._start(shared, varying)
        evolve = {"autograd": autograd, "adjoint": adjoint, "none": autograd_free}[mode]
        return evolve([p.step for p in self._steps], blocks, state)

    def _cast(self, matrix: torch.Tensor) -> torch.Tensor:
        real = self.dtype if self.real else REAL[self.dtype]
        return matrix.to(self.dtype if matrix.is_complex() else real)

    def _start(self, shared: torch.Tensor, varying: torch.Tensor) -> torch.Tensor:
        """The initial state, or the product state that the first layer makes of |0…0⟩."""
        if self._initial is not None:
            return self._initial.to(self._device, self.dtype).reshape(-1, 2**self.n_qubits)
        if self._product_state is not None:
            return self._product_state(shared, varying).to(self.dtype)
        state = torch.zeros((1, 2**self.n_qubits), dtype=self.dtype, device=self._device)
        state[0, 0] = 1.0
        return state

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
        known = not any(places)

        def source(angles: Angles, matrices: Sequence[torch.Tensor]) -> torch.Tensor:
            values = [
                _tensor(own) if place is None else _column(angles, place)
                for own, place in zip(gate.operation.data, places, strict=True)
            ]
            op = gate.operation
            bound = op if known else qml.ops.functions.bind_new_parameters(op, values)
            matrix = torch.as_tensor(bound.matrix())
            check_unitary(op, matrix.numpy(force=True))
            return matrix.to(self._device, self.dtype)

        return source


def _tensor(value: Any) -> torch.Tensor:
    """Of torch alone, a number would have single precision."""
    return value if isinstance(value, torch.Tensor) else torch.from_numpy(np.asarray(value))


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
