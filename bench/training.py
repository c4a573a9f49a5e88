"""Training of a variational classifier from beginning to end against the same loop in PennyLane.

    python -m bench.training [--epochs 30] [--layers 4] [--batch 32] [--json]

Breast cancer on 8 principal components, the 455 training rows of its first split. RY(x_i) on each
wire, layers of RX, RY, RZ and a ring of CNOT, ⟨Z_0⟩ with a trainable scale and bias, binary cross
entropy, Adam. Each competitor trains in a process of its own, so that its peak memory is known;
peers are PennyLane's TorchLayer on default.qubit with backprop and on lightning.qubit with adjoint,
the latter for a tenth of the epochs. Our time includes its own statistics of gradients.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pennylane as qml
import torch

from bench.command import run_bench
from bench.memory import forget_peak, peak_resident_bytes
from bench.table import Bar, Row, Table, times_faster
from bench.timing import Timing
from bench.vqc import ansatz
from qml_core.evaluation.datasets import load_table
from qml_core.evaluation.preprocessing import fit
from qml_core.evaluation.splits import split_roles
from qml_core.models.network import build_network
from qml_core.specs import DatasetSpec, ModelSpec, PreprocessingSpec
from qml_core.training.data import TrainingData
from qml_core.training.loop import train

QUBITS, RUNS = 8, 3
SHORTER = 10
"""Lightning trains a tenth of the epochs, and its time is multiplied."""

FASTER, MEMORY = 10.0, 1.5
LEARNING_RATE = 0.05
SCALE = 3.0  # where our readout begins
DEVICES = {"default.qubit": "backprop", "lightning.qubit": "adjoint"}
Trainer = Callable[[TrainingData, argparse.Namespace, int], float]
"""Trains for some epochs; returns the loss of the last."""


def rows() -> TrainingData:
    """The preprocessed training rows (455, 8) and their labels."""
    table = load_table(DatasetSpec(name="breast_cancer"))
    kept = split_roles(table.y, table.task, 0.2, 0, names=table.classes) == 0
    features, y = table.features[kept], table.y[kept]
    X = fit(PreprocessingSpec(n_components=QUBITS), features, y, table.task).transform(features)
    return TrainingData(X, y.astype(np.int64), None, None)


def ours(data: TrainingData, sizes: argparse.Namespace, epochs: int) -> float:
    model = ModelSpec(
        name="vqc",
        circuit={"layers": sizes.layers},
        training={
            "epochs": epochs,
            "batch_size": sizes.batch,
            "learning_rate": LEARNING_RATE,
            "validation": 0,
        },
    )
    network = build_network(model, "classification", QUBITS, 2, np.random.default_rng(0))
    state = train(network, data, model.training, task="classification", seed=0)
    return state.history[-1].loss


def pennylane(device: str) -> Trainer:
    def loop(data: TrainingData, sizes: argparse.Namespace, epochs: int) -> float:
        torch.manual_seed(0)

        @qml.qnode(qml.device(device, wires=QUBITS), diff_method=DEVICES[device])
        def node(inputs: torch.Tensor, theta: torch.Tensor) -> Any:
            ansatz(inputs, theta)
            return qml.expval(qml.Z(0))

        layer = qml.qnn.TorchLayer(node, {"theta": (sizes.layers, QUBITS, 3)}).double()
        scale = torch.nn.Parameter(torch.tensor(SCALE, dtype=torch.float64))
        bias = torch.nn.Parameter(torch.tensor(0.0, dtype=torch.float64))
        optimiser = torch.optim.Adam([*layer.parameters(), scale, bias], lr=LEARNING_RATE)
        X, y = torch.from_numpy(data.X), torch.from_numpy(data.y).double()
        entropy, total = torch.nn.BCEWithLogitsLoss(), 0.0
        for _ in range(epochs):
            total = 0.0
            for batch in torch.randperm(len(X)).split(sizes.batch):
                optimiser.zero_grad()
                loss = entropy(scale * layer(X[batch]) + bias, y[batch])
                loss.backward()
                optimiser.step()
                total += len(batch) * loss.item()
        return total / len(X)

    return loop


TRAINERS: dict[str, Trainer] = {"ours": ours, **{name: pennylane(name) for name in DEVICES}}


def train_once(name: str, sizes: argparse.Namespace) -> None:
    """In a process of its own: seconds, loss and peak resident bytes as a line of JSON."""
    data = rows()
    TRAINERS[name](data, sizes, 1)  # warm-up
    forget_peak()
    began = time.perf_counter()
    loss = TRAINERS[name](data, sizes, sizes.epochs)
    seconds = time.perf_counter() - began
    print(json.dumps({"seconds": seconds, "loss": loss, "bytes": peak_resident_bytes()}))


def ask(name: str, sizes: argparse.Namespace, epochs: int) -> dict[str, float]:
    words = [f"--{word}={getattr(sizes, word)}" for word in ("layers", "batch")]
    command = [sys.executable, "-m", "bench.training", f"--epochs={epochs}", *words, "--only", name]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(said.stdout.splitlines()[-1])
    return found


def tables(sizes: argparse.Namespace) -> list[Table]:
    epochs = dict.fromkeys(TRAINERS, sizes.epochs)
    epochs["lightning.qubit"] = max(1, sizes.epochs // SHORTER)
    found = {name: [] for name in TRAINERS}  # type: dict[str, list[dict[str, float]]]
    for _ in range(RUNS):
        for name in TRAINERS:
            found[name].append(ask(name, sizes, epochs[name]))
    times = {
        name: Timing(tuple(run["seconds"] for run in runs)).scaled(sizes.epochs / epochs[name])
        for name, runs in found.items()
    }
    best = min(DEVICES, key=lambda name: times[name].median)
    memory = {name: float(np.median([r["bytes"] for r in runs])) for name, runs in found.items()}
    losses = ", ".join(f"{name} {runs[0]['loss']:.3f}" for name, runs in found.items())
    return [
        Table(
            f"VQC on breast cancer, {QUBITS} qubits, {sizes.layers} layers, 455 rows, batch "
            f"{sizes.batch}, {sizes.epochs} epochs; loss at the end: {losses}",
            (
                Row("this project", times["ours"]),
                *(_beside(name, times, epochs, sizes) for name in DEVICES),
                times_faster("better of them", times["ours"], times[best], FASTER, best),
                Row(
                    f"peak memory, {memory['ours'] / 1e6:,.0f} MB",
                    ratio=memory["ours"] / memory[best],
                    bar=Bar(MEMORY, "at most"),
                    note=f"of {best}: {memory[best] / 1e6:,.0f} MB, imports included",
                ),
            ),
        )
    ]


def _beside(
    name: str, times: dict[str, Timing], epochs: dict[str, int], sizes: argparse.Namespace
) -> Row:
    note = "" if epochs[name] == sizes.epochs else f"from {epochs[name]} epochs"
    return times_faster(
        f"TorchLayer, {name}, {DEVICES[name]}", times["ours"], times[name], note=note
    )


if __name__ == "__main__":
    if "--only" in sys.argv:
        parser = argparse.ArgumentParser()
        parser.add_argument("--only")
        for word in ("epochs", "layers", "batch"):
            parser.add_argument(f"--{word}", type=int)
        asked = parser.parse_args()
        train_once(asked.only, asked)
    else:
        run_bench(__doc__, tables, epochs=30, layers=4, batch=32)
