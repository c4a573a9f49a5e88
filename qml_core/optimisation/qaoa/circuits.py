"""The circuit of a QAOA on all its qubits: a start, then layers of cost and mixer.

Π_l exp(−iβ_l B) exp(−iγ_l C) |start⟩ (Farhi, Goldstone, Gutmann, arXiv:1411.4028), with the ordered
XY mixers of Hadfield et al. (arXiv:1709.03489) and the warm start of Egger et al.
(arXiv:2009.10095). The constant of C is a global phase and left out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pennylane as qml
from numpy.typing import NDArray
from pennylane.operation import Operation
from pennylane.tape import QuantumScript

from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.problems.registers import Registers
from qml_core.optimisation.qaoa.angles import mixer_of
from qml_core.optimisation.qaoa.evolution import Mixer, Start
from qml_core.simulation.register_mixers import complete_pairs, ring_pairs
from qml_core.specs import QAOASpec

Array = NDArray[np.float64]
Group = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class QAOACircuit:
    """What a QAOA on an Ising polynomial runs, for any angles.

    Args:
        groups: wires that the XY mixer keeps one-hot; all others are free and turned about X.
        warm: (n,) probability of 1 that each free qubit starts with; None: the uniform state.
    """

    ising: Ising
    groups: tuple[Group, ...] = ()
    mixer: Mixer = "x"
    start: Start = "w"
    warm: Array | None = None

    @classmethod
    def of(
        cls,
        ising: Ising,
        registers: Registers | None,
        mixer: Mixer,
        *,
        start: Start = "w",
        warm: Array | None = None,
    ) -> "QAOACircuit":
        """With the one-hot groups of registers; with mixer x every qubit is free."""
        groups = () if registers is None or mixer == "x" else registers.groups
        one_hot = tuple(group for group in groups if len(group) > 1)
        return cls(ising, one_hot, mixer, start, warm)

    @property
    def free(self) -> tuple[int, ...]:
        """Wires outside of the groups."""
        taken = {wire for group in self.groups for wire in group}
        return tuple(wire for wire in range(self.ising.n_qubits) if wire not in taken)

    def __call__(self, angles: Array) -> QuantumScript:
        """The circuit at angles (2, p), gammas and betas in radians, read out on all wires."""
        operations = list(self.prepared())
        for gamma, beta in np.asarray(angles, dtype=float).T:
            operations += [*self.cost(float(gamma)), *self.mixed(float(beta))]
        return QuantumScript(operations, [qml.counts(wires=range(self.ising.n_qubits))])

    def prepared(self) -> Iterator[Operation]:
        """|start⟩ from |0…0⟩."""
        for wire in self.free:
            if self.warm is None:
                yield qml.Hadamard(wire)
            else:
                yield qml.RY(self._tilt(wire), wire)
        for group in self.groups:
            if self.start == "w":
                yield from w_state(group)
            else:
                yield qml.X(group[0])

    def cost(self, gamma: float) -> Iterator[Operation]:
        """exp(−iγC), a rotation for each term."""
        for wires, coefficient in self.ising.terms.items():
            angle = 2 * gamma * coefficient
            if len(wires) == 1:
                yield qml.RZ(angle, wires[0])
            elif len(wires) == 2:
                yield qml.IsingZZ(angle, wires)
            elif wires:
                yield qml.MultiRZ(angle, wires)

    def mixed(self, beta: float) -> Iterator[Operation]:
        """exp(−iβX) of each free qubit, and the XY rotations of each group in their order.

        After a warm start the axis of a free qubit is that of its start instead of X, and the sign
        of β the opposite one.
        """
        for wire in self.free:
            if self.warm is None:
                yield qml.RX(2 * beta, wire)
            else:
                tilt = self._tilt(wire)
                yield from (qml.RY(-tilt, wire), qml.RZ(-2 * beta, wire), qml.RY(tilt, wire))
        for group in self.groups:
            for pair in mixed_pairs(group, self.mixer):
                yield from xy_rotation(beta, pair)

    def _tilt(self, wire: int) -> float:
        """Angle of RY from |0⟩ to the start of a free qubit, radians."""
        assert self.warm is not None
        return float(2 * np.arcsin(np.sqrt(self.warm[wire])))


def circuit_of(
    ising: Ising, registers: Registers | None, qaoa: QAOASpec, warm: Array | None = None
) -> QAOACircuit:
    """The circuit that is asked for on a problem.

    Args:
        warm: as of QAOACircuit; None: of a warm start any, which has the same gates.
    """
    if warm is None and qaoa.warm_start is not None:
        warm = np.full(ising.n_qubits, qaoa.warm_start)
    return QAOACircuit.of(ising, registers, mixer_of(qaoa, registers), start=qaoa.start, warm=warm)


def w_state(group: Sequence[int]) -> Iterator[Operation]:
    """(|10…0⟩ + |010…0⟩ + … + |0…01⟩)/√k from |0…0⟩, with 2k − 3 CNOTs.

    The excitation starts on the first wire; of what has reached a wire, 1/(wires that are left)
    stays there and the rest goes on to the next.
    """
    k = len(group)
    yield qml.X(group[0])
    for place, (here, there) in enumerate(pairwise(group)):
        angle = float(np.arcsin(np.sqrt(1 / (k - place))))
        if place == 0:  # certainly excited, so that the rotation needs no control
            yield qml.RY(np.pi - 2 * angle, there)
        else:
            yield from (qml.RY(angle, there), qml.CNOT((here, there)), qml.RY(-angle, there))
        yield qml.CNOT((there, here))


def xy_rotation(beta: float, pair: tuple[int, int]) -> Iterator[Operation]:
    """exp(−iβ(XX + YY)/2) with two CNOTs.

    Turned about X, Y becomes Z; a CNOT makes X on one wire of XX, and Z on the other of ZZ.
    """
    first, second = pair
    yield from (qml.RX(np.pi / 2, wire) for wire in pair)
    yield from (qml.CNOT(pair), qml.RX(beta, first), qml.RZ(beta, second), qml.CNOT(pair))
    yield from (qml.RX(-np.pi / 2, wire) for wire in pair)


def mixed_pairs(group: Sequence[int], mixer: Mixer) -> tuple[tuple[int, int], ...]:
    """Pairs of wires of a one-hot group in the order they are rotated.

    A ring of two has one pair; complete: all pairs, lexicographic.
    """
    pairs = complete_pairs if mixer == "xy_complete" else ring_pairs
    return tuple((group[a], group[b]) for a, b in pairs(len(group)))


@dataclass(frozen=True)
class Resources:
    """Counted gates of a QAOA circuit, in CNOTs where every pair of qubits is joined."""

    n_qubits: int
    terms: int
    """Without the constant."""
    start: int
    cost: int
    """Of one layer."""
    mixer: int
    """Of one layer."""
    layers: int

    @property
    def two_qubit(self) -> int:
        """CNOTs of the whole circuit; a device that is not fully connected needs more."""
        return self.start + self.layers * (self.cost + self.mixer)


def resources(circuit: QAOACircuit, layers: int) -> Resources:
    """Two CNOTs a ZZ or XY rotation, 2(k − 1) a rotation of k qubits, 2k − 3 a W state."""
    terms = [wires for wires in circuit.ising.terms if wires]
    sizes = [len(group) for group in circuit.groups]
    pairs = sum(len(mixed_pairs(group, circuit.mixer)) for group in circuit.groups)
    return Resources(
        n_qubits=circuit.ising.n_qubits,
        terms=len(terms),
        start=sum(2 * k - 3 for k in sizes) if circuit.start == "w" else 0,
        cost=sum(2 * (len(wires) - 1) for wires in terms),
        mixer=2 * pairs,
        layers=layers,
    )
