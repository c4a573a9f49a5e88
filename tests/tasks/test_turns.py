"""Threads that run jobs side by side: their circuits stay their own, and they wait at once."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pennylane as qml
import pytest

from qml_core.hardware.measurement import Ran
from qml_core.hardware.readouts import MeasuredReadout
from qml_core.models.network import build_network
from qml_core.specs import BackendSpec, ModelSpec, RunSpec
from qml_core.training.data import TrainingData
from qml_core.training.loop import train
from qml_core.training.measured import MeasuredFunction
from tasks import measurement
from tasks.measurement import measure_shard
from tasks.turns import computing, waiting

MODEL = ModelSpec(
    name="vqc",
    circuit={"measurement": {"kind": "pauli", "paulis": ("XY+0.3*ZZ",)}},
    training={"epochs": 1, "batch_size": 3, "optimiser": "qng"},
)


def circuits_of(seed):
    """Text of every circuit of a training that is bought while others wait."""
    found = []

    def run(part, circuits, shots):
        found.extend(
            str([(op.name, tuple(op.wires), *map(float, op.parameters)) for op in c.operations])
            + str(c.measurements)
            for c in circuits
        )
        with waiting():
            time.sleep(0.001)
        rng = np.random.default_rng(len(found))
        bits = rng.integers(4, size=len(circuits))
        return Ran(tuple({f"{b:02b}": shots // 2, "00": shots // 2} for b in bits), None, None)

    rng = np.random.default_rng(seed)
    X, y = rng.uniform(-1, 1, (6, 2)), np.arange(6) % 2
    with computing():
        network = build_network(
            MODEL, "classification", 2, 2, rng,
            function=lambda circuit, readout, trained: MeasuredFunction(
                circuit, readout, MeasuredReadout(run, readout, 10, "ionq.forte-1"), trained=trained
            ),
        )  # fmt: skip
        train(network, TrainingData(X, y), MODEL.training, task="classification", seed=seed)
        qml.counts(wires=[0])
    return found


def test_trainings_side_by_side_buy_the_circuits_they_buy_alone():
    alone = [circuits_of(seed) for seed in range(4)]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(circuits_of, range(4))) == alone


def test_shards_of_matrices_take_turns_too(monkeypatch):
    inside, most = [], []

    def enter(store):
        inside.append(1)
        time.sleep(0.02)
        most.append(len(inside))
        inside.pop()

    monkeypatch.setattr(measurement, "open_checked_store", enter)
    plan = SimpleNamespace(store="", backend=BackendSpec(name="ionq.forte-1"))
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(lambda _: measure_shard((), plan, None, (), RunSpec()), range(3)))
    assert most == [1, 1, 1]


def test_they_wait_at_once_and_compute_one_after_the_other():
    inside, waiters, most = [], threading.Barrier(3, timeout=10), []

    def work(_):
        with computing():
            inside.append(1)
            most.append(len(inside))
            inside.pop()
            with waiting():
                waiters.wait()  # all three are here, none keeps the turn
            inside.append(1)
            most.append(len(inside))
            inside.pop()

    with ThreadPoolExecutor(3) as threads:
        list(threads.map(work, range(3)))
    assert set(most) == {1}


def test_a_turn_is_given_back_after_an_error_also_while_waiting():
    with pytest.raises(ZeroDivisionError), computing():
        raise ZeroDivisionError
    with pytest.raises(ZeroDivisionError), computing(), waiting():
        raise ZeroDivisionError
    with ThreadPoolExecutor(1) as thread, computing(), waiting():
        assert thread.submit(has_a_turn).result(10)


def test_within_a_turn_it_may_be_asked_for_again():
    with computing(), computing(), waiting(), computing():
        assert has_a_turn()


def has_a_turn():
    with computing():
        return True
