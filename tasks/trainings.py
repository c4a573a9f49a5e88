"""A training opened: its rows, its network, and the device or simulator its circuits run on."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qml_core.circuits.readout import Readout
from qml_core.circuits.variational import VariationalCircuit
from qml_core.hardware.measurement import Ran
from qml_core.hardware.orders import longest
from qml_core.hardware.protocol import Circuit
from qml_core.hardware.readouts import MeasuredReadout
from qml_core.hardware.running import Run
from qml_core.models.network import Network, build_network
from qml_core.references import Grant, PredictionPlan, TrainingPlan
from qml_core.specs import BackendSpec, RunSpec
from qml_core.training.data import TrainingData
from qml_core.training.functions import QuantumFunction
from qml_core.training.measured import MeasuredFunction
from qml_core.training.validation import validation_split
from tasks.datasets import read_columns
from tasks.devices import Planned, device_slot, open_run
from tasks.stopping import check

Array = NDArray[np.float64]


@dataclass
class Meter:
    """Runs parts of a training, each in a slot of its device, and adds up what they take."""

    run: Run
    paid: bool
    ticket: str = ""
    """Of the flow run; where another split of it has failed, nothing more is bought."""
    circuits: int = 0
    microusd: int = 0

    def __call__(self, part: str, circuits: Sequence[Circuit], shots: int) -> Ran:
        if self.paid:
            check(self.ticket)
        with device_slot(self.run.backend.name) if self.paid else nullcontext():
            ran = self.run(part, circuits, shots)
        self.circuits += len(circuits)
        if self.paid:
            estimate = self.run.backend.estimate
            self.microusd += estimate(longest(circuits), len(circuits), shots).microusd
        return ran

    def spent(self) -> tuple[int, float]:
        """Circuits so far, and the most they cost, USD."""
        return self.circuits, self.microusd / 1e6


@dataclass(frozen=True)
class Target:
    """How the values of a regression are standardised: by the rows trained on; (t,) each."""

    mean: Array
    scale: Array


@dataclass(frozen=True)
class Opened:
    """What a segment of a training works with."""

    network: Network
    data: TrainingData
    meter: Meter | None
    """None: values are exact."""

    def spent(self) -> tuple[int, float]:
        """Circuits measured so far, and the most they cost, USD."""
        return (0, 0.0) if self.meter is None else self.meter.spent()


def open_training(plan: TrainingPlan, grant: Grant, run: RunSpec, ticket: str = "") -> Opened:
    """The rows of a split, and its network before the first step."""
    data, _ = training_data(plan)
    network, meter = open_network(plan, grant.backend_used, run, ticket)
    return Opened(network, data, meter)


def open_network(
    plan: TrainingPlan, used: BackendSpec, run: RunSpec, ticket: str = ""
) -> tuple[Network, Meter | None]:
    """The network with its initial parameters, and what counts its circuits where they run."""
    meter = open_meter(plan, used, run, ticket) if used.measured else None
    network = build_network(
        plan.model,
        plan.data.task,
        plan.data.features,
        max(1, len(plan.data.classes)),
        np.random.default_rng(plan.seed),
        function=None if meter is None else MeasuredFunctions(meter, used),
        precision=used.precision,
    )
    return network, meter


def open_meter(plan: Planned, used: BackendSpec, run: RunSpec, ticket: str = "") -> Meter:
    """Runs the circuits of a plan where its grant says."""
    return Meter(open_run(plan, used, run), used.kind == "qpu", ticket)


def measured_functions(
    plan: PredictionPlan, used: BackendSpec, run: RunSpec
) -> "MeasuredFunctions":
    """What measures the circuit of a stored model."""
    return MeasuredFunctions(open_meter(plan, used, run), used)


@dataclass(frozen=True)
class MeasuredFunctions:
    """Makes the quantum function of each phase of a training."""

    run: Meter
    used: BackendSpec

    def __call__(
        self, circuit: VariationalCircuit, readout: Readout, trained: tuple[bool, ...] | None
    ) -> QuantumFunction:
        assert self.used.shots is not None
        evaluate = MeasuredReadout(
            self.run,
            readout,
            self.used.shots,
            self.used.name,
            readout_correction="readout" in self.used.applied_corrections,
        )
        return MeasuredFunction(circuit, readout, evaluate, trained=trained)


def training_data(plan: TrainingPlan) -> tuple[TrainingData, Target | None]:
    """Rows to train and to validate on, of the training rows of a split."""
    X, y = read_columns(plan.data, "train", "x", "y")
    spec, task = plan.model.training, plan.data.task
    rows, kept = validation_split(y, task, spec.validation, plan.seed)
    target = None if task == "classification" else standardisation(y[rows])
    labels = y.astype(np.int64) if target is None else (y[:, None] - target.mean) / target.scale
    if not len(kept):
        return TrainingData(X[rows], labels[rows], None, None), target
    return TrainingData(X[rows], labels[rows], X[kept], labels[kept]), target


def standardisation(y: Array) -> Target:
    """Mean and standard deviation of values (n,)."""
    return Target(np.array([y.mean()]), np.array([y.std() or 1.0]))
