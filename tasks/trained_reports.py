"""The end of a training of circuits as a task: report page, run record, Prefect artifact."""

from collections.abc import Sequence

from prefect import task

from qml_core.events import StageStarted, emit
from qml_core.references import CircuitOutcome, Grant, RunRef, TrainingPlan
from qml_core.specs import BackendSpec, DatasetSpec, ModelSpec, RunSpec
from tasks.evaluations import evaluation_sections, mean_score, verdict
from tasks.job import Job
from tasks.options import STORE
from tasks.pictures import data_picture
from tasks.records import finish
from tasks.training_pictures import training_sections


@task(name="report-trained", **STORE)
def report_trained(
    dataset: DatasetSpec,
    model: ModelSpec,
    backend: BackendSpec,
    run: RunSpec,
    plans: Sequence[TrainingPlan],
    grants: Sequence[Grant],
    outcomes: Sequence[CircuitOutcome],
) -> RunRef:
    """Learning curves, gradients and held-out evaluation over all splits."""
    emit(StageStarted("report"))
    data = outcomes[0].data
    job = Job(
        verb="train",
        asked={"dataset": dataset, "model": model, "backend": backend, "run": run},
        store=data.store,
        trainings=tuple(outcome.training for outcome in outcomes),
        grants=tuple(grants),
        timings=(
            ("training", sum(o.training.seconds for o in outcomes)),
            ("evaluation, RBF-SVM", sum(o.seconds for o in outcomes)),
        ),
        n_qubits=plans[0].n_qubits,
        models=tuple(outcome.model for outcome in outcomes),
        outcomes=tuple(outcomes),
        score=mean_score(outcomes),
    )
    sections = {
        "data": data_picture(dataset, data, None if model.name == "hybrid" else model.encoding),
        **training_sections(plans, outcomes),
        **evaluation_sections(outcomes, model),
    }
    return finish(job, f"{model.name.upper()} on {data.name}", verdict(outcomes), sections)
