"""Blocks from rows in random bases: unbiased, also after readout errors are undone."""

import numpy as np
import pytest

from qml_core.errors import Refused
from qml_core.hardware.randomised import kernel
from qml_core.hardware.row_blocks import Rows, bases_of, evaluate, join_rows
from qml_core.storage.block_format import NOT_COUNTED
from qml_core.storage.row_measurements import RowCounts

SHOTS = 30
N = 2


def states(rows, rng):
    found = rng.standard_normal((rows, 2**N)) + 1j * rng.standard_normal((rows, 2**N))
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def read(states, angles, rng, readout=None):
    """Counts (rows, bases, 2^n) of states in bases (bases, n, 2), with readout errors (n, 2)."""
    counts = np.empty((len(states), len(angles), 2**N), np.int64)
    for b, basis in enumerate(angles):
        turned = states.reshape(-1, 2, 2)
        for q, (phi, theta) in enumerate(basis):
            c, s = np.cos(theta / 2), np.sin(theta / 2)
            turn = np.array([[c, -s], [s, c]]) @ np.diag(np.exp([-0.5j * phi, 0.5j * phi]))
            turned = np.moveaxis(np.tensordot(turn, turned, axes=(1, q + 1)), 0, q + 1)
        shares = np.abs(turned) ** 2
        for q, (p01, p10) in enumerate(readout if readout is not None else ()):
            confusion = np.array([[1 - p10, p01], [p10, 1 - p01]])
            shares = np.moveaxis(np.tensordot(confusion, shares, axes=(1, q + 1)), 0, q + 1)
        flat = shares.reshape(len(states), -1)
        counts[:, b] = rng.multinomial(SHOTS, flat / flat.sum(1, keepdims=True))
    return counts


def known(counts, readout):
    rows, bases, _ = counts.shape
    return RowCounts(counts, np.broadcast_to(readout, (rows, bases, N, 2)).copy())


def square(rows):
    n = len(rows.counts)
    return evaluate(rows, rows, np.eye(n, dtype=bool), np.zeros((n, n), np.int64))


def test_without_readout_errors_it_is_the_kernel_of_the_shares():
    rng = np.random.default_rng(1)
    counts = read(states(4, rng), bases_of(1, N, 40), rng)
    rows = join_rows([[RowCounts(counts, None)]])
    values, beside = square(rows)
    K, errors = kernel(counts / SHOTS, SHOTS)
    np.testing.assert_allclose(values, K, rtol=1e-12)
    np.testing.assert_allclose(beside.errors, errors, rtol=1e-9)
    np.testing.assert_array_equal(values, values.T)
    np.testing.assert_array_equal(beside.corrected, values)
    assert (beside.counts == NOT_COUNTED).all()


def test_readout_correction_leaves_no_bias_on_entries_and_purities():
    rng = np.random.default_rng(2)
    psi = states(3, rng)
    truth = np.abs(psi.conj() @ psi.T) ** 2
    readout = np.array([[0.12, 0.03], [0.05, 0.08]])
    counts = read(psi, bases_of(2, N, 2500), rng, readout)
    values, beside = square(join_rows([[known(counts, readout)]]))
    assert (np.abs(beside.corrected - truth) < 4.5 * beside.errors).all()
    assert np.abs(np.diagonal(values) - 1).min() > 0.15  # as read
    assert beside.errors.max() < 0.05


def test_rows_of_other_readout_are_each_corrected_with_their_own():
    rng = np.random.default_rng(3)
    psi = states(2, rng)
    truth = np.abs(psi[0].conj() @ psi[1]) ** 2
    angles = bases_of(3, N, 2500)
    one, two = np.array([[0.15, 0.1]] * N), np.array([[0.02, 0.2]] * N)
    down = join_rows([[known(read(psi[:1], angles, rng, one), one)]])
    across = join_rows([[known(read(psi[1:], angles, rng, two), two)]])
    _, beside = evaluate(down, across, np.zeros((1, 1), bool), np.zeros((1, 1), np.int64))
    assert abs(beside.corrected[0, 0] - truth) < 4.5 * beside.errors[0, 0]
    perfect = join_rows([[RowCounts(read(psi[1:], angles, rng), None)]])
    _, half = evaluate(down, perfect, np.zeros((1, 1), bool), np.zeros((1, 1), np.int64))
    assert abs(half.corrected[0, 0] - truth) < 4.5 * half.errors[0, 0]


def test_rows_are_joined_from_jobs_in_order_and_chosen_again():
    rng = np.random.default_rng(4)
    counts = rng.multinomial(SHOTS, [0.25] * 4, (5, 6))
    readout = np.array([[0.1, 0.2], [0.0, 0.05]])
    parts = [
        [RowCounts(counts[:2, :4], None), known(counts[:2, 4:], readout)],
        [RowCounts(counts[2:, :4], None), RowCounts(counts[2:, 4:], None)],
    ]
    joined = join_rows(parts)
    np.testing.assert_array_equal(joined.counts, counts)
    assert joined.shots == SHOTS
    assert (joined.inverses[2:] == np.eye(2)).all()
    assert not (joined.inverses[:2, 4:] == np.eye(2)).all()
    chosen = joined.only(np.array([3, 0]))
    np.testing.assert_array_equal(chosen.counts, counts[[3, 0]])


def test_a_readout_that_says_nothing_is_refused():
    counts = np.full((1, 1, 4), 5)
    with pytest.raises(Refused, match="p01 \\+ p10 < 1"):
        join_rows([[known(counts, np.full((N, 2), 0.6))]])


def test_bases_depend_on_seed_and_qubits_alone():
    np.testing.assert_array_equal(bases_of(1, 3, 5), bases_of(1, 3, 5))
    assert not np.allclose(bases_of(1, 3, 5), bases_of(2, 3, 5))
    assert isinstance(Rows(np.full((1, 2, 4), 5), None, 20).alone(0), float)
