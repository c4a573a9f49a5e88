"""The block-diagonal Fubini-Study metric of a circuit, from circuits that run.

Stokes et al., Quantum 4, 269 (2020), arXiv:1909.02108: gates exp(−iθP/2) that act on the same state
have F_ij = (⟨P_i P_j⟩ − ⟨P_i⟩⟨P_j⟩)/4 in it; between blocks F is taken as 0.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pennylane as qml
import torch
from pennylane.operation import Operator

from qml_core.circuits.bases import change_of_basis
from qml_core.circuits.variational import VariationalCircuit
from qml_core.errors import SpecError
from qml_core.training.functions import Array, Evaluate
from qml_core.training.gradients.angles import Row, slopes
from qml_core.training.gradients.occurrences import Occurrence, generic_tape, occurrences

Blocks = list[tuple[tuple[int, ...], torch.Tensor]]
"""Entries of theta, and (b, b); 1/radians²."""


@dataclass(frozen=True)
class MetricBlock:
    """Gates on different wires that act on the same state."""

    entries: tuple[int, ...]
    """Of theta that their angles depend on."""
    gates: tuple[int, ...]
    """Among the circuit's occurrences."""
    before: tuple[int, ...]
    """Operations that make the state, by position."""
    letters: tuple[tuple[int, str], ...]
    """Wires, and the Pauli matrix of the generators on each."""
    words: tuple[tuple[int, ...], ...]
    """Wires of each gate's generator."""
    factors: tuple[float, ...]
    """c of each gate exp(icθP)."""


def fubini_study_metric(
    circuit: VariationalCircuit,
    evaluate: Evaluate,
    x: torch.Tensor,
    theta: torch.Tensor,
    part: str = "",
    *,
    trained: tuple[bool, ...] | None = None,
) -> Blocks:
    """Entries of theta and their block (b, b), averaged over the rows x (n, d); 1/radians².

    One circuit for each row and block, all in one evaluation.

    Args:
        trained: (P,) entries of theta that count; none: all.

    Raises:
        SpecError: a generator is no single Pauli word, or a parameter is in several blocks.
    """
    gates = occurrences(circuit, None, trained)
    blocks = metric_blocks(circuit, trained)
    rows = [Row(circuit, own, theta, gates) for own in x.detach().unbind()]
    circuits = [_circuit(row.operations, block) for row in rows for block in blocks]
    words = [block.words for _ in rows for block in blocks]
    found = evaluate.covariances(circuits, words, part)
    by_theta, _ = slopes(rows)
    return [
        (block.entries, _averaged(found[k :: len(blocks)], block, by_theta))
        for k, block in enumerate(blocks)
    ]


def _circuit(operations: Sequence[Operator], block: MetricBlock) -> qml.tape.QuantumScript:
    basis = change_of_basis(dict(block.letters))
    return qml.tape.QuantumScript([*(operations[k] for k in block.before), *basis])


def _averaged(covariances: Sequence[Array], block: MetricBlock, by_theta: Array) -> torch.Tensor:
    """Mean of Jᵀ C J over rows, J the angles' derivatives in the entries."""
    chosen = by_theta[:, list(block.gates)][:, :, list(block.entries)]
    jacobians = chosen * np.array(block.factors)[None, :, None]
    total = np.einsum("nge,ngh,nhf->ef", jacobians, np.array(covariances), jacobians)
    return torch.from_numpy(total / len(covariances))


def metric_circuits(circuit: VariationalCircuit, trained: tuple[bool, ...] | None = None) -> int:
    """Circuits of the metric of one row, each run once; raises SpecError."""
    return len(metric_blocks(circuit, trained))


@lru_cache(maxsize=64)
def metric_blocks(
    circuit: VariationalCircuit, trained: tuple[bool, ...] | None = None
) -> tuple[MetricBlock, ...]:
    """In the order of the circuit, as large as can be: a circuit each; raises SpecError."""
    gates = occurrences(circuit, None, trained)
    operations = generic_tape(circuit)
    levels = _levels(operations, {gate.position for gate in gates})
    found = []
    for level in sorted({levels[gate.position] for gate in gates}):
        own = [k for k, gate in enumerate(gates) if levels[gate.position] == level]
        places = {gate.position for gate in gates}
        before = tuple(
            k for k, at in enumerate(levels) if at < level or (at == level and k not in places)
        )
        found.append(_block(operations, gates, own, before))
    _check_not_shared(found)
    return tuple(found)


def _levels(operations: Sequence[Operator], places: set[int]) -> list[int]:
    """Parametrised gates that each operation comes after, along the longest path."""
    reached: dict[int, int] = {}
    levels = []
    for k, op in enumerate(operations):
        level = max((reached.get(wire, 0) for wire in op.wires), default=0)
        levels.append(level)
        reached.update(dict.fromkeys(op.wires, level + (k in places)))
    return levels


def _block(
    operations: Sequence[Operator],
    gates: Sequence[Occurrence],
    own: Sequence[int],
    before: tuple[int, ...],
) -> MetricBlock:
    generators = [_generator(operations[gates[k].position]) for k in own]
    return MetricBlock(
        entries=tuple(sorted({entry for k in own for entry in gates[k].parameters})),
        gates=tuple(own),
        before=before,
        letters=tuple(pair for word, _ in generators for pair in word),
        words=tuple(tuple(wire for wire, _ in word) for word, _ in generators),
        factors=tuple(factor for _, factor in generators),
    )


def _generator(op: Operator) -> tuple[tuple[tuple[int, str], ...], float]:
    """Word and factor c of a gate exp(icθP), up to a global phase."""
    operator, factor = qml.generator(op, format="prefactor")
    sentence = operator.pauli_rep
    if sentence is None:
        matrix = qml.matrix(operator, wire_order=operator.wires)
        sentence = qml.pauli_decompose(matrix, wire_order=operator.wires, pauli=True)
    words = [(word, c) for word, c in sentence.items() if len(word) and abs(c) > 1e-12]
    if len(words) != 1:
        raise SpecError(
            f"the metric needs gates exp(−iθP/2) of one Pauli word P, found {op.name}, whose "
            f"generator has {len(words)}",
            "choose another ansatz, or another optimiser",
        )
    word, coefficient = words[0]
    letters = tuple((int(wire), letter) for wire, letter in sorted(word.items()))
    return letters, float(np.real(factor * coefficient))


def _check_not_shared(blocks: Sequence[MetricBlock]) -> None:
    uses = Counter(entry for block in blocks for entry in block.entries)
    shared = [entry for entry, count in uses.items() if count > 1]
    if shared:
        raise SpecError(
            f"the metric's blocks need a parameter in one of them each, found entries {shared} in "
            "several gates, one after another",
            "choose another ansatz, or another optimiser",
        )
