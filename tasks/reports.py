"""The end of a flow as a task: report page, run record, Prefect artifact, reference to it all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from uuid import uuid4

from prefect import task
from prefect.artifacts import create_markdown_artifact
from prefect.context import FlowRunContext

from qml_core.commands import repeat_command
from qml_core.evaluation.report import render, summary_markdown
from qml_core.evaluation.report.content import Costs, ReportContent
from qml_core.evaluation.report.numbers import one_over
from qml_core.events import StageStarted, emit
from qml_core.kernels.parts import count_qubits
from qml_core.references import (
    DatasetRef,
    Grant,
    Interval,
    MatrixRef,
    ModelRef,
    RunRef,
    SplitOutcome,
)
from qml_core.specs import BackendSpec, DatasetSpec, KernelSpec, ModelSpec, RunSpec, Spec
from qml_core.storage.content import put_content
from qml_core.storage.runs import put_run, set_ref
from qml_core.storage.store import open_store
from tasks.evaluations import evaluation_sections, mean_score, verdict
from tasks.options import STORE
from tasks.pictures import (
    circuit_picture,
    concentration_picture,
    data_picture,
    kernel_picture,
)
from tasks.provenance import provenance
from tasks.rounding import rounding_record


@dataclass(frozen=True)
class Job:
    """What a run was asked for and what it made, the same for every flow."""

    verb: str
    asked: Mapping[str, Spec]
    store: str
    matrices: tuple[MatrixRef, ...]
    grants: tuple[Grant, ...]
    timings: tuple[tuple[str, float], ...]
    models: tuple[ModelRef, ...] = ()
    outcomes: tuple[SplitOutcome, ...] = ()
    score: Interval | None = None


@task(name="report-kernel", **STORE)
def report_kernel(
    dataset: DatasetSpec,
    kernel: KernelSpec,
    backend: BackendSpec,
    run: RunSpec,
    data: DatasetRef,
    matrix: MatrixRef,
    grants: Sequence[Grant],
) -> RunRef:
    """Picture of one kernel matrix."""
    emit(StageStarted("report"))
    if matrix.extends is not None:  # in full: more matrices may begin like it when it is repeated
        run = run.model_copy(update={"extend": matrix.extends})
    job = Job(
        verb="kernel",
        asked={"dataset": dataset, "kernel": kernel, "backend": backend, "run": run},
        store=data.store,
        matrices=(matrix,),
        grants=tuple(grants),
        timings=(("kernel blocks", matrix.seconds),),
    )
    picture = kernel_picture(matrix, kernel, data, "all", "none")
    sections = {
        "data": data_picture(dataset, data, kernel),
        "circuit": circuit_picture(kernel, data),
        "kernel": picture,
    }
    haar = "" if picture.dimension is None else f" ({one_over(picture.dimension)})"
    aligned = "" if picture.alignment is None else f", target alignment {picture.alignment:.3f}"
    sampled = "" if picture.eigenvalues_complete else ", estimated from a sample"
    sentence = (
        f"The {kernel.kind} {kernel.encoding.name} kernel of {data.rows:,} rows of {data.name} on "
        f"{count_qubits(kernel, data.features)} qubits has a mean off-diagonal of "
        f"{picture.off_diagonal.mean():.3g}{haar}{aligned}{sampled}."
    )
    if picture.approximation is not None:
        sentence += f" {picture.approximation.sentence}"
    if matrix.extends is not None:
        sentence += f" It extends matrix {matrix.extends[:12]}."
    return _finish(job, f"Kernel matrix of {data.name}", sentence, sections)


@task(name="report-training", **STORE)
def report_training(
    dataset: DatasetSpec,
    model: ModelSpec,
    backend: BackendSpec,
    run: RunSpec,
    outcomes: Sequence[SplitOutcome],
    grams: Sequence[MatrixRef],
    crosses: Sequence[MatrixRef],
    grants: Sequence[Grant],
) -> RunRef:
    """Held-out evaluation over all splits; the kernel pictured is that of the first split."""
    emit(StageStarted("report"))
    first = outcomes[0]
    data, chosen = first.data, first.choice.kernel
    own = grams[: len(first.choice.candidates)]
    matrices = (*grams, *crosses)
    job = Job(
        verb="train",
        asked={"dataset": dataset, "model": model, "backend": backend, "run": run},
        store=data.store,
        matrices=matrices,
        grants=tuple(grants),
        timings=(
            *_training_time(outcomes),
            ("kernel blocks", sum(m.seconds for m in matrices)),
            ("choice of bandwidth and C", sum(o.choice.seconds for o in outcomes)),
            ("fit, evaluation, RBF-SVM", sum(o.seconds for o in outcomes)),
        ),
        models=tuple(o.model for o in outcomes),
        outcomes=tuple(outcomes),
        score=mean_score(outcomes),
    )
    sections = {
        "data": data_picture(dataset, data, chosen),
        "circuit": circuit_picture(chosen, data),
        "kernel": kernel_picture(own[first.choice.position], chosen, data, "train", model.psd),
        "concentration": concentration_picture(own, first.choice, data),
        **evaluation_sections(outcomes, model),
    }
    title = f"{model.name.upper()} on {data.name}"
    return _finish(job, title, verdict(outcomes), sections)


def _training_time(outcomes: Sequence[SplitOutcome]) -> tuple[tuple[str, float], ...]:
    """Of all candidate kernels; nothing where none was trained."""
    found = [c.training.seconds for o in outcomes for c in o.choice.candidates if c.training]
    return (("kernel training", sum(found)),) if found else ()


def _finish(job: Job, title: str, sentence: str, sections: Mapping[str, object]) -> RunRef:
    """Render, store, point `latest` at it, show it in Prefect."""
    now = datetime.now(timezone.utc)
    run_id, wall = _run_id(now), _wall_seconds(now)
    asked = {name: spec.model_dump(mode="json") for name, spec in job.asked.items()}
    command = repeat_command(job.verb, job.asked)
    found = _provenance(job)
    content = ReportContent(
        title=title,
        run_id=run_id,
        created=now,
        verdict=sentence,
        command=command,
        asked=asked,
        provenance=found,
        costs=_costs(job, wall),
        **sections,  # type: ignore[arg-type]
    )
    store = open_store(job.store)
    report = put_content(store, "reports", render(content).encode(), ".html")
    record = {
        **found,
        "run_id": run_id,
        "verb": job.verb,
        "created": now.isoformat(),
        "asked": asked,
        "grants": [g.model_dump(mode="json", exclude={"estimate"}) for g in job.grants],
        "matrices": [m.model_dump(mode="json") for m in job.matrices],
        "models": [m.model_dump(mode="json") for m in job.models],
        "outcomes": [o.model_dump(mode="json") for o in job.outcomes],
        "report": report.model_dump(mode="json"),
        "verdict": sentence,
        "score": job.score.model_dump() if job.score else None,
        "approximation": _approximation(content),
        "rounding": rounding_record(content.kernel),
        "usd": 0.0,
        "qpu_seconds": 0.0,
        "wall_seconds": wall,
        "command": command,
        "calibration": None,
    }
    ref = put_run(store, run_id, record)
    set_ref(store, "latest", {"run_id": run_id})
    finished = RunRef(
        **ref.model_dump(),
        run_id=run_id,
        report=report,
        matrices=job.matrices,
        models=job.models,
        verdict=sentence,
        score=job.score,
        command=command,
    )
    if FlowRunContext.get() is not None:
        summary = summary_markdown(content, report.uri)
        create_markdown_artifact(summary, key=f"{job.verb}-report", description=sentence)
    return finished


def _approximation(content: ReportContent) -> dict[str, object] | None:
    """What stands for the pictured matrix, and its measured error; none where it is exact."""
    found = None if content.kernel is None else content.kernel.approximation
    return None if found is None else found.model_dump(mode="json")


def _costs(job: Job, wall: float) -> Costs:
    rest = max(0.0, wall - sum(seconds for _, seconds in job.timings))
    return Costs(
        timings=(*job.timings, ("loading, storing, Prefect, report", rest)),
        blocks_computed=sum(m.computed for m in job.matrices),
        blocks_reused=sum(m.reused for m in job.matrices),
    )


def _provenance(job: Job) -> dict[str, object]:
    used = {g.backend_used.name: g.reason for g in job.grants}
    return {
        "store": job.store,
        "backend": used,
        "matrices": {
            m.key[:12]: f"{m.shape[0]} × {m.shape[1]}, {m.blocks} blocks"
            + (f", extends {m.extends[:12]}" if m.extends else "")
            for m in job.matrices
        },
        "models": [m.path for m in job.models],
        **provenance(),
    }


def _run_id(now: datetime) -> str:
    """From the flow run's own start and id: a retry of this task writes the same record again."""
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        return f"{now:%Y%m%d-%H%M%S}-{str(uuid4())[-6:]}"
    return f"{context.start_time:%Y%m%d-%H%M%S}-{str(context.flow_run.id)[-6:]}"


def _wall_seconds(now: datetime) -> float:
    context = FlowRunContext.get()
    return 0.0 if context is None else (now - context.start_time).total_seconds()
