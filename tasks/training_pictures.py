"""What the report shows of trainings: curves, circuit, calibration and decision boundary."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from qml_core.circuits.resources import draw, resources
from qml_core.circuits.variational import VariationalCircuit
from qml_core.evaluation.report.boundary import Boundary, grid, plane
from qml_core.evaluation.report.circuit import CircuitPicture, Paper
from qml_core.evaluation.report.reliability import Reliability, event_of, reliability_curve
from qml_core.evaluation.report.training import (
    Parameters,
    TrainingHistory,
    TrainingPicture,
    training_history,
)
from qml_core.models.network import Network, build_network, model_circuit, model_readout
from qml_core.models.probabilities import class_probabilities
from qml_core.references import CircuitOutcome, DatasetRef, TrainingPlan
from qml_core.specs import ModelSpec
from qml_core.storage.checkpoints import get_checkpoint
from qml_core.storage.datasets import get_arrays
from qml_core.storage.histories import get_history
from qml_core.training.loop import load_best
from tasks.datasets import read_columns
from tasks.evaluations import BASELINE
from tasks.pictures import radians

Array = NDArray[np.float64]

PROBABILITIES, BASELINE_PROBABILITIES = "probabilities", "baseline_probabilities"
"""Columns (n, C) of the stored predictions."""

_UNITS = {"standard": ", standard deviations", "minmax": ", radians", "none": ""}
_MOST_NAMED = 6
_READ = {
    "parity": "⟨Z⊗…⊗Z⟩, the parity",
    "local": "mean of ⟨Z⟩ over the qubits",
    "global": "2 P(0…0) − 1",
}


def training_sections(
    plans: Sequence[TrainingPlan], outcomes: Sequence[CircuitOutcome]
) -> dict[str, object]:
    """`training`, `circuit`, `reliability` and `boundary`, by the names of ReportContent.

    Angles and the boundary are those of the first split; the boundary is computed exactly.
    """
    plan = plans[0]
    network, parameters = _trained(plan, outcomes[0])
    loss = plan.model.training.loss

    def probabilities(X: Array) -> Array:
        with torch.no_grad():
            return class_probabilities(network(torch.from_numpy(X)).numpy(), loss)

    return {
        "training": training_picture(
            outcomes,
            parameters,
            shots=plan.backend.shots if plan.measured else None,
            asked_epochs=plan.model.training.epochs,
        ),
        "circuit": circuit_picture_of(plan.model, plan.data),
        "reliability": reliability_picture(outcomes, plan.model.name.upper()),
        "boundary": boundary_picture(plan.data, probabilities, measured=plan.measured),
    }


def _trained(plan: TrainingPlan, outcome: CircuitOutcome) -> tuple[Network, Parameters]:
    """The network at its best parameters, computed exactly, and its angles before and after."""
    network = build_network(
        plan.model,
        plan.data.task,
        plan.data.features,
        max(1, len(plan.data.classes)),
        np.random.default_rng(plan.seed),
    )
    angles = ~np.array(network.circuit.is_factor, dtype=bool)
    before = network.theta.detach().numpy()[angles]
    load_best(network, get_checkpoint(outcome.training.checkpoint))
    after = network.theta.detach().numpy()[angles]
    return network, Parameters(after.copy(), before, int((~angles).sum()))


def training_picture(
    outcomes: Sequence[CircuitOutcome],
    parameters: Parameters | None = None,
    shots: int | None = None,
    asked_epochs: int | None = None,
) -> TrainingPicture | None:
    """The stored histories of all splits; None where no epoch was finished.

    Args:
        parameters: angles of the first split.
        shots: of each circuit; None: exact values.
    """
    histories = tuple(_history(outcome) for outcome in outcomes if outcome.training.epochs)
    if not histories:
        return None
    circuits = sum(int(history.total("circuits")) for history in histories)
    return TrainingPicture(
        histories=histories,
        score_name="accuracy" if outcomes[0].data.task == "classification" else "r2",
        n_parameters=outcomes[0].training.n_parameters,
        parameters=parameters,
        shots=None if shots is None else shots * circuits,
        asked_epochs=asked_epochs,
    )


def _history(outcome: CircuitOutcome) -> TrainingHistory:
    trained = outcome.training
    return training_history(
        get_history(trained.history),
        seed=outcome.data.split_seed,
        best_epoch=trained.best_epoch,
        n_train=trained.n_train,
        n_validation=trained.n_validation,
        stopped=trained.stopped,
        warnings=trained.warnings,
    )


def circuit_picture_of(model: ModelSpec, data: DatasetRef) -> CircuitPicture:
    """The circuit of a variational model for one row, and what it costs."""
    circuit = model_circuit(model, data.features)
    cost, spec = resources(circuit), model.circuit
    encoding, low_high = circuit.encoding.encoding, circuit.encoding.encoding.angle_range
    return CircuitPicture(
        encoding=encoding.name,
        n_qubits=cost.n_qubits,
        depth=cost.depth,
        gates=cost.gates,
        drawing=draw(circuit, width=100_000),
        bandwidth=spec.encoding.bandwidth if "bandwidth" in encoding.parameters else None,
        paper=Paper(encoding.paper),
        angle_range="" if low_high is None else radians(*low_high),
        notes=_around(model, circuit, data),
        ansatz=spec.ansatz,
        ansatz_paper=Paper(circuit.ansatz.paper),
        layers=circuit.layers,
        parameters=circuit.n_parameters,
        measurement=_read(model, circuit.n_qubits, len(data.classes)),
    )


def _around(model: ModelSpec, circuit: VariationalCircuit, data: DatasetRef) -> tuple[str, ...]:
    """What a hybrid network has before and after the circuit."""
    if model.name != "hybrid":
        return ()
    sizes = " → ".join(map(str, (data.features, *model.hidden, circuit.n_features)))
    return (f"A classical encoder, {sizes}, makes the angles; a linear head reads the outcomes.",)


def _read(model: ModelSpec, n_qubits: int, classes: int) -> str:
    kind = model.circuit.measurement.kind
    if kind in _READ:
        return _READ[kind]
    names = model_readout(model, n_qubits, classes if classes > 2 else 1).names
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(f"⟨{name}⟩" for name in names[:_MOST_NAMED]) + more


def reliability_picture(
    outcomes: Sequence[CircuitOutcome], name: str, baseline: str = BASELINE
) -> Reliability | None:
    """Probabilities of the held-out rows of all splits; None where none are stored."""
    stored = [get_arrays(outcome.predictions) for outcome in outcomes]
    named = {PROBABILITIES: name, BASELINE_PROBABILITIES: baseline}
    y = np.concatenate([arrays["y_true"] for arrays in stored]).astype(np.int64)
    curves = tuple(
        reliability_curve(title, np.concatenate([arrays[column] for arrays in stored]), y)
        for column, title in named.items()
        if all(column in arrays for arrays in stored)
    )
    return Reliability(curves, event_of(outcomes[0].data.classes)) if curves else None


def boundary_picture(
    data: DatasetRef, probabilities: Callable[[Array], Array], measured: bool = False
) -> Boundary | None:
    """The map of a classifier of two features; None for any other.

    Args:
        probabilities: (m, 2) preprocessed features -> (m, C).
        measured: whether the model was trained on shots, and the map is exact all the same.
    """
    if data.task != "classification" or data.features != 2:
        return None
    X, y, role = read_columns(data, "all", "x", "y", "role")
    x, y_axis = plane(X)
    P = probabilities(grid(x, y_axis)).reshape(len(y_axis), len(x), -1)
    x_name, y_name = _feature_names(data)
    return Boundary(
        x_name=x_name,
        y_name=y_name,
        x=x,
        y=y_axis,
        probabilities=P,
        classes=data.classes,
        points=X,
        labels=y.astype(np.int64),
        held_out=role == 1,
        notes=("The map is computed exactly, without shots.",) if measured else (),
    )


def _feature_names(data: DatasetRef) -> tuple[str, str]:
    asked = data.preprocessing_asked
    if asked is None:
        return "feature 1, preprocessed", "feature 2, preprocessed"
    kinds = {"pca": "component", "select": "selected feature", "none": "feature"}
    names = tuple(f"{kinds[asked.reduce]} {k}" for k in (1, 2))
    if asked.reduce == "none" and len(data.raw_columns) == 2:
        names = data.raw_columns
    unit = _UNITS[asked.scale]
    return f"{names[0]}{unit}", f"{names[1]}{unit}"
