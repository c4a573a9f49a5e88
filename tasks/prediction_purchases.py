"""Predictions at the gates: one evaluation of all rows, cut into jobs."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch

from qml_core.circuits.bases import n_bases
from qml_core.errors import DataError
from qml_core.hardware.initial_circuits import longest_circuit
from qml_core.hardware.protocol import Circuit
from qml_core.kernels.estimates import measured_seconds
from qml_core.keys import key
from qml_core.models.fitted_circuit import FittedCircuit
from qml_core.references import Estimate, ModelRef, PredictionPlan, RowsRef
from qml_core.specs import BackendSpec, RunSpec
from qml_core.storage.datasets import get_arrays
from qml_core.storage.models import get_model
from qml_core.training.estimates import circuits_of_jobs, job_names
from qml_core.training.evaluations import Evaluation
from tasks.devices import noise_digest
from tasks.on_record import OnRecord
from tasks.purchases import Later, Purchase, check_state, on_engine

PART = "predict"
_ROWS = 8


def circuit_of(model: ModelRef) -> FittedCircuit:
    """Raises DataError where the model is no trained circuit."""
    fitted = get_model(model)
    if not isinstance(fitted, FittedCircuit):
        raise DataError(
            f"model {model.name} is no trained circuit, only those run on a backend",
            "predict with `qml predict` without --backend",
        )
    return fitted


def features_of(rows: RowsRef, columns: Sequence[str]) -> pd.DataFrame:
    """The rows as they came, under the columns of a model; raises DataError on another number."""
    values = get_arrays(rows)["values"]
    if values.shape[1] != len(columns):
        raise DataError(
            f"rows of {values.shape[1]} columns, the model was trained on {len(columns)}",
            "name a model that was trained on the same columns",
        )
    return pd.DataFrame(values, columns=list(columns))


def prediction_plan(
    model: ModelRef, rows: RowsRef, backend: BackendSpec, run: RunSpec
) -> PredictionPlan:
    """The circuits of all rows on a backend."""
    noise, network = noise_digest(backend), circuit_of(model).network()
    groups = n_bases(network.readout) if backend.measured else 1
    return PredictionPlan(
        key=key(
            "predictions",
            model=model.sha256,
            rows=rows.sha256,
            backend=backend.model_dump(mode="json"),
            noise=noise,
            seed=run.seed,
            remeasure=run.remeasure,
        ),
        model=model,
        data=rows,
        backend=backend,
        seed=run.seed,
        remeasure=run.remeasure,
        noise=noise,
        n_qubits=network.circuit.n_qubits,
        groups=groups,
        estimate=_estimate(rows.rows * groups, backend),
    )


def _estimate(circuits: int, backend: BackendSpec) -> Estimate:
    measured = backend.measured
    jobs = len(circuits_of_jobs(_evaluation(circuits), backend)) if measured else 0
    return Estimate(
        circuits=circuits,
        shots=circuits * (backend.shots or 0),
        seconds=measured_seconds(circuits, jobs, backend) if measured else 0.0,
        qpu_seconds=0.0,
        usd=0.0,
        state_bytes=0,
        stored_bytes=8 * circuits,
    )


def _evaluation(circuits: int) -> Evaluation:
    return Evaluation(PART, 1, 1, circuits, circuits)


def _all_rows(plan: PredictionPlan) -> Evaluation:
    return _evaluation(plan.data.rows * plan.groups)


def _missing(plan: PredictionPlan, bought: OnRecord) -> Counter[int]:
    evaluation = _all_rows(plan)
    sizes = circuits_of_jobs(evaluation, plan.backend)
    names = job_names(evaluation, plan.backend)
    pairs = zip(names, sizes, strict=True)
    return Counter(size for name, size in pairs if not bought.has(plan.key, name))


def _left(
    plans: Sequence[PredictionPlan], later: Later[PredictionPlan], run: RunSpec, bought: OnRecord
) -> tuple[list[Counter[int]], list[Counter[int]]]:
    return [_missing(plan, bought) for plan in plans], []


def _anew(
    plans: Sequence[PredictionPlan], later: Later[PredictionPlan], run: RunSpec
) -> Counter[int]:
    return sum((_missing(plan, OnRecord("")) for plan in plans), Counter[int]())


def _bought(plan: PredictionPlan, bought: OnRecord) -> bool:
    return plan.measured and bought.has(plan.key, job_names(_all_rows(plan), plan.backend)[0])


def _example(plan: PredictionPlan) -> Circuit:
    fitted = circuit_of(plan.model)
    features = features_of(plan.data, fitted.preprocessing.columns)[:_ROWS]
    X = np.asarray(fitted.preprocessing.transform(features))
    with torch.no_grad():
        return longest_circuit(fitted.network(), X)


PREDICTIONS = Purchase[PredictionPlan](
    folder="predictions",
    canary=lambda plan: 0,
    replanned=lambda plan, backend, run, noise: prediction_plan(
        plan.model, plan.data, backend, run
    ),
    movable=lambda plan: True,
    complete=lambda plan: False,
    begun=lambda plan: False,
    bought=_bought,
    check_memory=check_state,
    left=_left,
    anew=_anew,
    example=_example,
    runs_on=on_engine,
    note=lambda plan: "",
)
