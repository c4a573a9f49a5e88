"""Trainings of variational models as a task: planned, and refused where they would fail later."""

from collections.abc import Sequence
from dataclasses import dataclass

from prefect import task

from qml_core.circuits.bases import n_bases
from qml_core.models.costs import training_estimate, training_evaluations
from qml_core.models.network import Network
from qml_core.models.requirements import check_trainable, unmeasured_network
from qml_core.references import DatasetRef, TrainingPlan
from qml_core.specs import BackendSpec, ModelSpec, RunSpec, check_task
from qml_core.training.evaluations import Evaluations, Rows
from qml_core.training.planning import segments, training_key
from qml_core.training.validation import validation_split
from tasks.datasets import read_columns
from tasks.devices import noise_digest
from tasks.options import PURE


@task(name="plan-trainings", **PURE)
def plan_trainings(
    splits: Sequence[DatasetRef], model: ModelSpec, backend: BackendSpec, run: RunSpec
) -> tuple[TrainingPlan, ...]:
    """A training for every split.

    Raises:
        SpecError, DataError: what training would refuse, before anything is paid for.
    """
    first, noise = splits[0], noise_digest(backend)
    check_task(model, first.task, f"target {first.target!r} of {first.name}")
    return tuple(plan_split(split, model, backend, run, noise) for split in splits)


def plan_split(
    split: DatasetRef, model: ModelSpec, backend: BackendSpec, run: RunSpec, noise: str | None
) -> TrainingPlan:
    """The training of one split; raises as `plan_trainings`.

    Args:
        noise: digest of the calibration record that a noisy simulator follows.
    """
    opened = _open(split, model, run.seed)
    circuit = opened.network.circuit
    cost = training_estimate(model, opened.network, opened.rows, backend)
    epochs = model.training.epochs
    return TrainingPlan(
        key=training_key(split, model, circuit.n_qubits, backend, run, noise),
        data=split,
        model=model,
        backend=backend,
        seed=run.seed,
        remeasure=run.remeasure,
        noise=noise,
        n_qubits=circuit.n_qubits,
        n_parameters=circuit.n_parameters,
        groups=n_bases(opened.network.readout) if backend.measured else 0,
        segments=segments(epochs, cost.seconds / epochs),
        estimate=cost,
    )


def network_of(plan: TrainingPlan) -> Network:
    """The network of a plan before its first step, to look at."""
    data = plan.data
    return unmeasured_network(plan.model, data.task, data.features, len(data.classes), plan.seed)


def evaluations_of(plan: TrainingPlan) -> Evaluations:
    """What a training evaluates, from its first step to the held-out rows."""
    opened = _open(plan.data, plan.model, plan.seed)
    return training_evaluations(plan.model, opened.network, opened.rows, plan.backend)


@dataclass(frozen=True)
class _Opened:
    network: Network
    rows: Rows


def _open(split: DatasetRef, model: ModelSpec, seed: int) -> _Opened:
    """The network of a split and its rows; refuses what cannot be trained."""
    network = unmeasured_network(model, split.task, split.features, len(split.classes), seed)
    (y,) = read_columns(split, "train", "y")
    train, validation = validation_split(y, split.task, model.training.validation, seed)
    check_trainable(model, network, split.task, y[train])
    if network.encoder is None:
        (X,) = read_columns(split, "all", "x")
        network.circuit.encoding.check(X)
    return _Opened(network, Rows(len(train), len(validation), split.n_test))
