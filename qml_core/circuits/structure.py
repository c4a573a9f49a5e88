"""Gradients that are zero whatever the angles: gates that no outcome depends on.

A gate outside the light cone of what is read, one that commutes with it (a last RZ before ⟨Z⟩ is
read), or a diagonal one on a basis state has a gradient of zero, which is no barren plateau.
"""

import itertools
from collections.abc import Iterable, Sequence

from pennylane.operation import Operator
from pennylane.pauli import PauliWord

from qml_core.circuits.basis_wires import phases_of_bits
from qml_core.circuits.generic_gates import LETTERS, GenericGate, generic_gate

MAX_RUNS = 64
"""Words that are followed each on their own; more are followed together."""

Letters = frozenset[str]
_ANY = frozenset(LETTERS)


def zero_gradients(
    operations: Sequence[Operator], words: Iterable[PauliWord], n_qubits: int
) -> tuple[bool, ...]:
    """Of each gate with parameters, in their order, whether every word's gradient is surely zero.

    The answer holds at all angles, whatever those of `operations`, and errs to one side: a zero may
    be missed, none is claimed that is not one. Cancellations between gates are not looked for.

    Args:
        operations: gates on wires 0 … n_qubits−1, which start in |0…0⟩. Of one with several
            parameters, or with arrays, nothing is claimed.
        words: what is read; the answer is the same for all their sums.
    """
    gates = [generic_gate(op) for op in operations]
    idle = phases_of_bits(gates, n_qubits)
    start = [[frozenset(word.get(q, "I")) for q in range(n_qubits)] for word in words]
    if len(start) > MAX_RUNS:
        start = [[frozenset().union(*letters) for letters in zip(*start, strict=True)]]
    runs = [_unseen(gates, letters) for letters in start]
    found = (idle[k] or all(run[k] for run in runs) for k in range(len(gates)))
    return tuple(zero for zero, op in zip(found, operations, strict=True) if op.num_params)


def _unseen(gates: Sequence[GenericGate], letters: Sequence[Letters]) -> list[bool]:
    """Whether each gate leaves the observable that it meets as it is.

    The observable U† … P … U behind the gates is followed from the last one back, as the Pauli
    letters it may have on each wire.
    """
    found, letters = [False] * len(gates), list(letters)
    for k in reversed(range(len(gates))):
        gate = gates[k]
        here = [letters[wire] for wire in gate.wires]
        if all(own == {"I"} for own in here):
            found[k] = gate.trainable
            continue
        if gate.matrices is None:
            after = [_ANY] * len(here)
        else:
            words = list(map("".join, itertools.product(*map(sorted, here))))
            images = [gate.image(word) for word in words]
            found[k] = gate.trainable and all(
                image == (word,) for word, image in zip(words, images, strict=True)
            )
            after = [frozenset(w[i] for image in images for w in image) for i in range(len(here))]
        for wire, own in zip(gate.wires, after, strict=True):
            letters[wire] = own
    return found
