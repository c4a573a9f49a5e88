"""Training by parameter shift with the noise of FakeManila: 20 steps from circuits and shots.

    python -m bench.shift [--steps 20] [--batch 8] [--layers 2] [--shots 1024] [--json]

Breast cancer on 4 principal components, RY(x_i) on each wire and hardware-efficient layers, ⟨Z_0⟩,
Adam. Every step runs the circuits of its rows and all their shifted ones, compiled to the native
gates of the stored calibration of ibm.fake_manila, on Qiskit Aer's noisy simulator; readout errors
are corrected. The time is that of the whole training, held-out rows excluded.
"""

import argparse
import time

import numpy as np

from bench.command import run_bench
from bench.table import Bar, Row, Table
from bench.timing import Timing
from qml_core.circuits.readout import Readout
from qml_core.circuits.variational import VariationalCircuit
from qml_core.evaluation.datasets import load_table
from qml_core.evaluation.preprocessing import fit
from qml_core.hardware.readouts import MeasuredReadout
from qml_core.hardware.registry import noise_record, open_backend
from qml_core.hardware.running import SimulatedRun
from qml_core.models.network import build_network
from qml_core.specs import BackendSpec, DatasetSpec, ModelSpec, PreprocessingSpec
from qml_core.training.data import TrainingData
from qml_core.training.functions import QuantumFunction
from qml_core.training.loop import train
from qml_core.training.measured import MeasuredFunction
from qml_core.training.state import EpochRecord

QUBITS = 4
BAR = 120.0
NOISE = "ibm.fake_manila"


def rows(count: int) -> TrainingData:
    """The first rows, preprocessed: (count, 4)."""
    table = load_table(DatasetSpec(name="breast_cancer"))
    features, y = table.features[:count], table.y[:count]
    X = fit(PreprocessingSpec(n_components=QUBITS), features, y, table.task).transform(features)
    return TrainingData(X, y.astype(np.int64), None, None)


def measured_training(sizes: argparse.Namespace) -> tuple[float, int, EpochRecord]:
    """Seconds, circuits that were run, and what the only epoch came to."""
    spec = BackendSpec(name="qiskit.aer", shots=sizes.shots, noise=NOISE)
    run = SimulatedRun("bench", open_backend(spec, 0, {}), noise_record(spec))
    opened: list[MeasuredReadout] = []

    def function(
        circuit: VariationalCircuit, readout: Readout, trained: tuple[bool, ...] | None
    ) -> QuantumFunction:
        opened.append(MeasuredReadout(run, readout, sizes.shots, spec.name, True))
        return MeasuredFunction(circuit, readout, opened[-1], trained=trained)

    training = {"epochs": 1, "batch_size": sizes.batch, "validation": 0}
    model = ModelSpec(name="vqc", circuit={"layers": sizes.layers}, training=training)
    rng = np.random.default_rng(0)
    network = build_network(model, "classification", QUBITS, 2, rng, function=function)
    data = rows(sizes.steps * sizes.batch)
    began = time.perf_counter()
    state = train(network, data, model.training, task="classification", seed=0)
    seconds = time.perf_counter() - began
    return seconds, sum(each.circuits for each in opened), state.history[-1]


def tables(sizes: argparse.Namespace) -> list[Table]:
    seconds, circuits, record = measured_training(sizes)
    return [
        Table(
            f"{sizes.steps} steps, {QUBITS} qubits, {sizes.layers} layers, batch {sizes.batch}, "
            f"{sizes.shots:,} shots, noise of {NOISE}: {circuits:,} circuits",
            (
                Row(
                    "whole training",
                    Timing((seconds,)),
                    ratio=seconds,
                    bar=Bar(BAR, "at most"),
                    unit=" s",
                    note=f"mean loss {record.loss:.3f}, signal of the gradient to its shot noise "
                    f"{record.signal_to_noise:.1f}",
                ),
            ),
        )
    ]


if __name__ == "__main__":
    run_bench(__doc__, tables, steps=20, batch=8, layers=2, shots=1024)
