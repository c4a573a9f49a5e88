"""Every operation of PennyLane on qubits, in the middle of a circuit and at its beginning."""

import numpy as np
import pennylane as qml
import pytest
import torch
from pennylane.tape import QuantumScript

from qml_core.simulation.tape import tape_states

N_QUBITS = 5
RNG = np.random.default_rng(7)
BATCH = RNG.normal(size=3)
WIRES = [3, 1, 4, 0]
H = qml.Hamiltonian([0.3, -0.7, 0.2], [qml.X(0) @ qml.Z(3), qml.Y(2), qml.Z(1) @ qml.Z(4)])
COMMUTING = qml.Hamiltonian([0.3, -0.7], [qml.X(0) @ qml.X(3), qml.Z(0) @ qml.Z(3)])


def unitary(k, *batch):
    real, imaginary = RNG.normal(size=(2, *batch, 2**k, 2**k))
    return np.linalg.qr(real + 1j * imaginary)[0]


def phases(*shape):
    return np.exp(1j * RNG.normal(size=shape))


NO_GATES = {"Hermitian", "Projector", "SparseHamiltonian", "Snapshot", "QubitDensityMatrix"}
OWN_CASES = {"QubitUnitary", "ControlledQubitUnitary", "DiagonalQubitUnitary", "BlockEncode"}
OWN_CASES |= {"PauliRot", "PCPhase", "SpecialUnitary", "IntegerComparator", "StatePrep"}
OWN_CASES |= {"BasisState", "FromBloq"}


def whole_gate_set():
    """PennyLane's gates by their names, with numbers and with a batch of three."""
    names = set(qml.ops.qubit.__all__) | set(qml.ops.op_math.controlled_ops.__dict__)
    for name in sorted(names - NO_GATES - OWN_CASES):
        gate = getattr(qml, name, None)
        plain = isinstance(gate, type) and issubclass(gate, qml.operation.Operation)
        if not plain or not isinstance(gate.num_params, int):
            continue
        n_wires = gate.num_wires if isinstance(gate.num_wires, int) and gate.num_wires else 3
        for batch in [(), (3,)] if gate.num_params else [()]:
            parameters = [RNG.normal(size=batch) for _ in range(gate.num_params)]
            yield f"{name}{list(batch)}", gate(*parameters, wires=WIRES[:n_wires])


BY_NAME = dict(whole_gate_set())

SPECIAL = {
    "PauliRot": qml.PauliRot(0.4, "XYZI", WIRES),
    "PauliRot of a batch": qml.PauliRot(BATCH, "YXZ", WIRES[:3]),
    "PauliRot of the identity": qml.PauliRot(0.4, "II", WIRES[:2]),
    "GlobalPhase of a batch": qml.GlobalPhase(BATCH, wires=2),
    "QubitUnitary": qml.QubitUnitary(unitary(2), [3, 1]),
    "QubitUnitary of all wires": qml.QubitUnitary(unitary(5), [3, 1, 0, 2, 4]),
    "QubitUnitary of a batch": qml.QubitUnitary(unitary(2, 3), [3, 1]),
    "QubitUnitary of a batch on one wire": qml.QubitUnitary(unitary(1, 3), [3]),
    "DiagonalQubitUnitary": qml.DiagonalQubitUnitary(phases(8), [4, 0, 2]),
    "DiagonalQubitUnitary on one wire": qml.DiagonalQubitUnitary(phases(2), [4]),
    "DiagonalQubitUnitary of a batch": qml.DiagonalQubitUnitary(phases(3, 8), [4, 0, 2]),
    "ControlledQubitUnitary": qml.ControlledQubitUnitary(
        unitary(1), wires=[4, 0, 2], control_values=[0, 1]
    ),
    "ControlledQubitUnitary of a batch": qml.ControlledQubitUnitary(unitary(1, 3), wires=[4, 2]),
    "ctrl, both values": qml.ctrl(qml.RX(0.3, 0), [1, 3], control_values=[0, 1]),
    "ctrl of a batch": qml.ctrl(qml.RX(BATCH, 0), [1, 3], control_values=[0, 1]),
    "ctrl where 0": qml.ctrl(qml.PhaseShift(0.3, 0), [1], control_values=[0]),
    "ctrl of a phase": qml.ctrl(qml.PhaseShift(0.3, 0), [1, 4]),
    "ctrl of a global phase": qml.ctrl(qml.GlobalPhase(0.3), [1, 2], control_values=[0, 1]),
    "ctrl of X where 0": qml.ctrl(qml.X(0), [1], control_values=[0]),
    "ctrl of MultiRZ": qml.ctrl(qml.MultiRZ(0.3, [0, 2]), [1], control_values=[0]),
    "ctrl of SWAP": qml.ctrl(qml.SWAP([0, 2]), [1], control_values=[0]),
    "ctrl of QFT": qml.ctrl(qml.QFT([0, 2]), [1]),
    "ctrl of a product": qml.ctrl(qml.prod(qml.X(0), qml.RZ(0.3, 1)), [2]),
    "ctrl of an evolution": qml.ctrl(qml.evolve(qml.X(0) @ qml.Z(1), 0.3), [2]),
    "adjoint of S": qml.adjoint(qml.S(2)),
    "adjoint of SX": qml.adjoint(qml.SX(2)),
    "adjoint of ISWAP": qml.adjoint(qml.ISWAP([2, 0])),
    "adjoint of QFT": qml.adjoint(qml.QFT([2, 0, 1])),
    "adjoint of a batch": qml.adjoint(qml.Rot(BATCH, 0.3, 0.4, 2)),
    "adjoint of a tensor": qml.adjoint(qml.RX(torch.tensor(0.4, dtype=torch.float64), 2)),
    "power of X": qml.pow(qml.X(1), 0.3),
    "power of RX": qml.pow(qml.RX(0.4, 1), 2.5),
    "power of a batch": qml.pow(qml.RX(BATCH, 1), 2),
    "power of CNOT": qml.pow(qml.CNOT([1, 0]), 0.5),
    "negative power": qml.pow(qml.S(1), -1),
    "exp of a word": qml.exp(qml.X(1) @ qml.Y(3), 0.3j),
    "exp of a sum": qml.exp(H, -0.3j),
    "evolve": qml.evolve(COMMUTING, 0.4),
    "evolve a word": qml.evolve(qml.X(0) @ qml.Z(2), 0.4),
    "product": qml.prod(qml.RX(0.3, 0), qml.RZ(0.3, 0), qml.CNOT([0, 4])),
    "TrotterProduct": qml.TrotterProduct(H, 0.3, n=2, order=2),
    "ApproxTimeEvolution": qml.ApproxTimeEvolution(H, 0.3, 2),
    "CommutingEvolution": qml.CommutingEvolution(COMMUTING, 0.3),
    "QFT": qml.QFT(range(5)),
    "GroverOperator": qml.GroverOperator(WIRES),
    "StronglyEntanglingLayers": qml.StronglyEntanglingLayers(RNG.normal(size=(2, 5, 3)), range(5)),
    "StronglyEntanglingLayers of a batch": qml.StronglyEntanglingLayers(
        RNG.normal(size=(3, 2, 5, 3)), range(5)
    ),
    "BasicEntanglerLayers": qml.BasicEntanglerLayers(RNG.normal(size=(2, 5)), range(5)),
    "SimplifiedTwoDesign": qml.SimplifiedTwoDesign(
        RNG.normal(size=5), RNG.normal(size=(2, 4, 2)), range(5)
    ),
    "AngleEmbedding": qml.AngleEmbedding(RNG.normal(size=5), range(5)),
    "AngleEmbedding of a batch": qml.AngleEmbedding(RNG.normal(size=(3, 5)), range(5), "Z"),
    "IQPEmbedding": qml.IQPEmbedding(RNG.normal(size=(3, 5)), range(5), n_repeats=2),
    "QAOAEmbedding": qml.QAOAEmbedding(RNG.normal(size=(3, 5)), RNG.normal(size=(2, 10)), range(5)),
    "BasisEmbedding": qml.BasisEmbedding([0, 1, 1], [1, 3, 4]),
    "BasisState": qml.BasisState([1, 0, 1], [1, 3, 4]),
    "StatePrep": qml.StatePrep([0.5, 0.5j, -0.5, 0.5], [1, 3]),
    "AmplitudeEmbedding": qml.AmplitudeEmbedding([1.0, 2, 3, 4], [1, 3], normalize=True),
    "AmplitudeEmbedding of a batch": qml.AmplitudeEmbedding(
        RNG.normal(size=(3, 4)), [1, 3], normalize=True
    ),
    "MultiControlledX": qml.MultiControlledX([0, 1, 2, 3], control_values=[1, 0, 1]),
    "Permute": qml.Permute([4, 0, 3, 1, 2], wires=range(5)),
    "SpecialUnitary": qml.SpecialUnitary(RNG.normal(size=15), [3, 1]),
    "SpecialUnitary of a batch": qml.SpecialUnitary(RNG.normal(size=(3, 15)), [3, 1]),
    "PCPhase of a batch": qml.PCPhase(BATCH, 3, [2, 1]),
    "BlockEncode": qml.BlockEncode(np.array([[0.1, 0.2], [0.3, 0.4]]), [2, 0]),
    "Select": qml.Select([qml.X(2), qml.RY(0.4, 3)], control=[0]),
    "IntegerComparator": qml.IntegerComparator(3, wires=[0, 1, 2, 3]),
    "FlipSign": qml.FlipSign([1, 0], [0, 3]),
    "Barrier": qml.Barrier([0, 1]),
    "Identity": qml.Identity([0, 1]),
    "Snapshot": qml.Snapshot(),
    "Rot, batch and numbers": qml.Rot(BATCH, 0.4, -BATCH, 3),
    "CRot, batch and numbers": qml.CRot(BATCH, 0.4, -BATCH, [3, 1]),
    "QuantumPhaseEstimation": qml.QuantumPhaseEstimation(qml.RZ(0.3, 0), estimation_wires=[1, 2]),
    "a batch of one": qml.RX(BATCH[:1], 3),
}


def before():
    rotations = [qml.RY(0.3 + 0.2 * w, w) for w in range(5)]
    return [*rotations, qml.RX(0.4, 1), *(qml.CNOT([w, (w + 1) % 5]) for w in range(5))]


def after():
    return [qml.RX(0.7 - 0.1 * w, w) for w in range(5)] + [qml.CZ([0, 3])]


def compare(operations):
    tape = QuantumScript(operations, [qml.state()])
    (truth,) = qml.execute([tape], qml.device("default.qubit", wires=N_QUBITS), diff_method=None)
    for precision, atol in {"double": 1e-12, "single": 1e-5}.items():
        found = tape_states(tape, N_QUBITS, precision)
        assert found.shape == truth.shape
        assert found.dtype in {torch.complex64, torch.complex128, torch.float32, torch.float64}
        assert np.abs(found.numpy() - np.asarray(truth)).max() < atol


@pytest.mark.parametrize("name", BY_NAME)
def test_gates_agree_with_default_qubit(name):
    compare([*before(), BY_NAME[name], *after()])


@pytest.mark.parametrize("name", SPECIAL)
def test_special_operations_agree_with_default_qubit(name):
    compare([*before(), SPECIAL[name], *after()])


@pytest.mark.parametrize("name", SPECIAL)
def test_special_operations_may_come_first(name):
    compare([SPECIAL[name], *after()])


def test_the_gate_set_is_the_whole_one():
    tested = {name.partition("[")[0] for name in BY_NAME}
    assert {"RX", "U3", "CRot", "CCZ", "PSWAP", "DoubleExcitation", "ECR", "CSWAP"} <= tested
    assert len(tested) > 50


def test_states_of_a_known_batch_that_no_gate_shows_are_repeated():
    tape = QuantumScript([qml.adjoint(qml.Identity(0)), qml.RX(BATCH, 0), qml.RX(-BATCH, 0)])
    assert tape_states(tape, 1).shape == (3, 2)
