"""The IonQ backend against a loopback service to the published API v0.4."""

import os
import warnings
from typing import Any

import numpy as np
import pennylane as qml
import pytest
from pennylane.tape import QuantumScript

from qml_core.errors import (
    JobPending,
)

KEY = "cd" * 32
SHOTS = 4000


@pytest.mark.parametrize("name", ["ionq.forte-1", "ionq.simulator"])
@pytest.mark.parametrize("gateset", ["qis", "native"])
def test_a_kernel_entry_is_within_5_sigma_of_the_exact_one(
    ionq: Any,
    name: str,
    gateset: str,
    open_ionq: Any,
    pair: Any,
    collect: Any,
    assert_drawn: Any,
    exact: Any,
) -> None:
    backend = open_ionq(name, gateset=gateset)
    circuit = pair(0, 1)
    result = collect(backend, backend.submit([circuit], SHOTS, KEY))
    assert sum(result.counts[0].values()) == SHOTS
    assert_drawn(result.counts[0], exact(circuit))
    assert result.finished_at is not None
    assert result.finished_at.tzinfo is not None


def test_wire_0_is_the_first_of_a_bit_string(ionq: Any, open_ionq: Any, collect: Any) -> None:
    backend = open_ionq()
    circuit = QuantumScript([qml.X(0), qml.CNOT([0, 2])], [qml.probs(wires=range(4))])
    result = collect(backend, backend.submit([circuit], 50, KEY))
    assert result.counts == ({"1010": 50},)


def test_circuits_of_other_sizes_keep_theirs_in_one_job(
    ionq: Any, open_ionq: Any, collect: Any
) -> None:
    backend = open_ionq()
    circuits = [QuantumScript([qml.X(n)], [qml.probs(wires=range(n + 1))]) for n in range(3)]
    result = collect(backend, backend.submit(circuits, 10, KEY))
    assert result.counts == ({"1": 10}, {"01": 10}, {"001": 10})


@pytest.mark.parametrize("reverse", [False, True])
def test_six_circuits_are_one_job_and_come_back_in_order(
    ionq: Any, reverse: bool, open_ionq: Any, pair: Any, collect: Any, assert_drawn: Any, exact: Any
) -> None:
    ionq.control(reverse_children=reverse, page=2)
    backend = open_ionq()
    circuits = [pair(i, j) for i in range(3) for j in range(i + 1)]
    result = collect(backend, backend.submit(circuits, SHOTS, KEY))
    assert ionq.control()["posts"] == 1
    for counts, circuit in zip(result.counts, circuits, strict=True):
        assert_drawn(counts, exact(circuit))


def test_the_same_job_gives_the_same_counts_again(
    ionq: Any, open_ionq: Any, pair: Any, collect: Any
) -> None:
    backend = open_ionq("ionq.simulator")
    job = backend.submit([pair(0, 1)], SHOTS, KEY)
    first = collect(backend, job)
    assert first == open_ionq("ionq.simulator").result(job)
    assert first.counts != open_ionq("ionq.simulator", seed=1).result(job).counts


def test_the_simulator_s_exact_probabilities_become_shots(
    ionq: Any, open_ionq: Any, collect: Any
) -> None:
    backend = open_ionq("ionq.simulator")
    coin = QuantumScript([qml.Hadamard(0)], [qml.probs(wires=[0])])
    found = collect(backend, backend.submit([coin] * 20, SHOTS, KEY)).counts
    heads = np.array([counts["0"] for counts in found])
    assert heads.std() > SHOTS**0.5 / 4  # ½√shots; exact probabilities would give 0
    assert abs(heads.mean() - SHOTS / 2) < 5 * (SHOTS / 4 / 20) ** 0.5


def test_pennylane_s_own_plugin_gives_the_same_distribution(
    ionq: Any,
    monkeypatch: pytest.MonkeyPatch,
    open_ionq: Any,
    pair: Any,
    collect: Any,
    assert_drawn: Any,
    exact: Any,
) -> None:
    from pennylane_ionq.api_client import APIClient

    monkeypatch.setattr(APIClient, "BASE_URL", os.environ["QML_IONQ_URL"])
    circuit = pair(0, 1)
    ours = open_ionq()
    counts = collect(ours, ours.submit([circuit], SHOTS, KEY)).counts[0]
    bare = [op for op in circuit.operations if op.name != "Barrier"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        device = qml.device("ionq.qpu", wires=4, backend="forte-1")
        tape = QuantumScript(bare, circuit.measurements, shots=SHOTS)
        theirs = np.asarray(qml.execute([tape], device)[0])
    assert_drawn(counts, exact(circuit))
    ours_measured = [counts.get(format(state, "04b"), 0) / SHOTS for state in range(16)]
    # each measured SHOTS times, and the plugin draws its samples from what it measured
    noise = np.sqrt(3 * theirs * (1 - theirs) / SHOTS) + 1 / SHOTS
    assert np.all(np.abs(ours_measured - theirs) <= 5 * noise)


def test_a_job_is_queued_then_runs_then_is_done(ionq: Any, open_ionq: Any, pair: Any) -> None:
    backend = open_ionq()
    job = backend.submit([pair(0, 1)], 10, KEY)
    ionq.control(hold="ready")
    assert [backend.poll(job).state for _ in range(3)] == ["queued"] * 3
    with pytest.raises(JobPending):
        backend.result(job)
    ionq.control(hold="")
    assert [backend.poll(job).state for _ in range(2)] == ["running", "done"]


def test_a_job_that_is_done_is_left_alone_by_cancel(
    ionq: Any, open_ionq: Any, pair: Any, collect: Any
) -> None:
    backend = open_ionq()
    job = backend.submit([pair(0, 1)], 10, KEY)
    result = collect(backend, job)
    backend.cancel(job)
    assert backend.result(job) == result
