from functools import reduce

import numpy as np
import pennylane as qml
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qml_core.circuits.readout import open_readout, pauli_sum
from qml_core.errors import SpecError
from qml_core.simulation.circuit import Circuit
from qml_core.specs.circuit import MeasurementSpec

Z, I = np.diag([1.0, -1.0]), np.eye(2)  # noqa: E741
few = settings(deadline=None, max_examples=30, derandomize=True)


def opened(n, outputs=1, **fields):
    return open_readout(MeasurementSpec(**fields), n, outputs)


def kron(*matrices):
    return reduce(np.kron, matrices)


def matrices(readout):
    return [s.to_mat(wire_order=range(readout.n_qubits)) for s in readout.sentences]


EXPECTED = {  # 3 qubits
    "z": ({"kind": "z"}, 2, ["Z0", "Z1"], [kron(Z, I, I), kron(I, Z, I)]),
    "z of": ({"qubits": (2, 0)}, 1, ["Z2", "Z0"], [kron(I, I, Z), kron(Z, I, I)]),
    "parity": ({"kind": "parity"}, 1, ["parity"], [kron(Z, Z, Z)]),
    "parity of": ({"kind": "parity", "qubits": (0, 2)}, 1, ["parity"], [kron(Z, I, Z)]),
    "local": (
        {"kind": "local"}, 1, ["local"], [(kron(Z, I, I) + kron(I, Z, I) + kron(I, I, Z)) / 3]
    ),
    "local of": (
        {"kind": "local", "qubits": (1, 2)}, 1, ["local"], [(kron(I, Z, I) + kron(I, I, Z)) / 2]
    ),
    "global": ({"kind": "global"}, 1, ["global"], [2 * np.diag(np.eye(8)[0]) - np.eye(8)]),
    "pauli": (
        {"kind": "pauli", "paulis": ("ZZI-0.5*IIZ",)}, 1, ["ZZI-0.5*IIZ"],
        [kron(Z, Z, I) - 0.5 * kron(I, I, Z)],
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "outputs", "names", "expected"), EXPECTED.values(), ids=EXPECTED
)
def test_each_kind_reads_its_observable(fields, outputs, names, expected):
    readout = opened(3, outputs, **fields)
    assert list(readout.names) == names
    np.testing.assert_allclose(matrices(readout), expected, atol=1e-12)
    assert readout.diagonals.dtype == np.float64
    np.testing.assert_allclose(readout.diagonals, [np.diag(m) for m in expected], atol=1e-12)


def test_z_reads_the_first_qubits_or_those_that_are_named():
    assert opened(5).names == ("Z0",)
    assert opened(5, 3).names == ("Z0", "Z1", "Z2")
    assert opened(5, 2, qubits=(4, 1, 0)).names == ("Z4", "Z1", "Z0")


@pytest.mark.parametrize("fields", [{"kind": "global"}, {"kind": "parity"}, {"kind": "local"}])
def test_values_lie_between_minus_one_and_one(fields):
    found = opened(4, **fields).diagonals
    assert (found.min(), found.max()) == (-1, 1)


def test_what_is_not_diagonal_has_no_diagonals():
    readout = opened(2, 2, kind="pauli", paulis=("ZZ", "0.5*XI + 0.5*IY"))
    assert readout.diagonals is None
    assert len(readout.sentences) == 2


def test_a_global_readout_of_many_qubits_is_read_by_its_diagonal_and_never_by_words():
    readout = opened(12, kind="global")
    assert readout.diagonals.shape == (1, 4096)
    assert readout.diagonals[0, 0] == 1
    assert set(readout.diagonals[0, 1:]) == {-1}
    for look in (list, lambda s: s[0], lambda s: s[:], lambda s: [*s]):
        with pytest.raises(SpecError, match=r"sum of 2\^12 Pauli words, at most 2\^10"):
            look(readout.sentences)
    assert len(readout.sentences) == 1


def test_diagonals_that_take_too_much_memory_are_left_out():
    assert opened(16, 16).diagonals.shape == (16, 2**16)
    readout = opened(30, 30)
    assert readout.diagonals is None
    assert len(readout.sentences) == 30


def test_a_global_readout_of_too_many_qubits_is_refused():
    with pytest.raises(SpecError, match="global on 30 qubits, at most 22"):
        opened(30, kind="global")


@pytest.mark.parametrize(
    ("fields", "n", "outputs", "remedy"),
    [
        ({"kind": "z"}, 2, 3, "model hybrid"),
        ({"kind": "z", "qubits": (0,)}, 4, 3, "name 3 qubits in measurement.qubits"),
        ({"kind": "parity"}, 4, 3, "choose measurement.kind=z"),
        ({"kind": "local"}, 4, 2, "choose measurement.kind=z"),
        ({"kind": "global"}, 4, 2, "choose measurement.kind=z"),
        ({"kind": "pauli", "paulis": ("ZZZZ",)}, 4, 3, "give 3 sums in measurement.paulis"),
    ],
)
def test_more_outputs_than_outcomes_are_refused_with_both_numbers(fields, n, outputs, remedy):
    with pytest.raises(
        SpecError, match=rf"^{outputs} classes or targets, but .* has \d outcome"
    ) as e:
        opened(n, outputs, **fields)
    assert remedy in e.value.remedy


def test_qubits_that_are_not_there_are_refused():
    with pytest.raises(SpecError, match=r"names qubits \[4, 7\], found a circuit of 4"):
        opened(4, qubits=(0, 4, 7))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ZZ", {"ZZ": 1}),
        ("-XI", {"XI": -1}),
        (" 0.5*XI - 1.5 * IZ", {"XI": 0.5, "IZ": -1.5}),
        ("+.25*YY+1e-3*II + 2.*ZI", {"YY": 0.25, "II": 1e-3, "ZI": 2}),
        ("XX+XX-3*XX", {"XX": -1}),
        ("1e2XX", None),
    ],
)
def test_sums_are_read_as_written(text, expected):
    if expected is None:
        with pytest.raises(SpecError, match="cannot be read"):
            pauli_sum(text, 2)
        return
    total = sum(
        c * qml.pauli.string_to_pauli_word(w).matrix(wire_order=[0, 1]) for w, c in expected.items()
    )
    np.testing.assert_allclose(pauli_sum(text, 2).to_mat(wire_order=[0, 1]), total, atol=1e-15)


@few
@given(
    st.lists(
        st.tuples(
            st.floats(-9, 9).filter(lambda c: abs(c) > 1e-3),
            st.text("IXYZ", min_size=3, max_size=3),
        ),
        min_size=1,
        max_size=4,
        unique_by=lambda term: term[1],
    )
)
def test_any_sum_survives_being_written(terms):
    text = " + ".join(f"{c!r}*{w}" for c, w in terms).replace("+ -", "- ")
    words = {w: c for c, w in terms}
    if set(words) == {"III"}:
        return
    found = {
        "".join(word.get(q, "I") for q in range(3)): c for word, c in pauli_sum(text, 3).items()
    }
    assert found == words


@pytest.mark.parametrize(
    "text", ["", "Z Z", "0.5**ZZ", "ZZ+", "0.5*", "--ZZ", "*ZZ", "1e*ZZ", "e", "ZZ 2*ZZ"]
)
def test_what_is_no_sum_is_refused(text):
    with pytest.raises(SpecError, match="cannot be read"):
        pauli_sum(text, 2)


def test_words_of_another_length_are_refused_with_both_lengths():
    with pytest.raises(SpecError, match="word ZZZ of 'ZZ \\+ ZZZ' has 3 letters, found 2 qubits"):
        pauli_sum("ZZ + ZZZ", 2)


@pytest.mark.parametrize("text", ["II", "2*II", "0*ZZ", "ZZ - ZZ"])
def test_a_constant_is_refused(text):
    with pytest.raises(SpecError, match="is a constant"):
        pauli_sum(text, 2)


def test_a_factor_without_end_is_refused():
    with pytest.raises(SpecError, match="not finite"):
        pauli_sum("1e999*ZZ", 2)


def test_the_engine_reads_words_and_diagonals_alike():
    def circuit(x):
        for wire in range(3):
            qml.RY(x[..., wire], wires=wire)
        qml.CNOT((0, 2))

    x = np.array([[0.3, 0.8, 1.1], [2.0, 0.1, 0.4]])
    engine = Circuit(circuit, 3)
    probabilities = engine.states(x).abs().numpy() ** 2
    for fields, outputs, *_ in EXPECTED.values():
        readout = opened(3, outputs, **fields)
        for sentence, diagonal in zip(readout.sentences, readout.diagonals, strict=True):
            words = engine.expectation(sentence.operation(wire_order=range(3)), x)
            np.testing.assert_allclose(words, probabilities @ diagonal, atol=1e-12)
