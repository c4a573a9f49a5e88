"""What a run leaves behind: its page and record in the store, and what Prefect shows of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from uuid import uuid4

from prefect.artifacts import create_markdown_artifact
from prefect.context import FlowRunContext

from qml_core.commands import repeat_command
from qml_core.evaluation.report import render, summary_markdown
from qml_core.evaluation.report.content import ReportContent
from qml_core.evaluation.report.measured import Measurement, Spent, measured_sentence
from qml_core.references import (
    ArtifactRef,
    Grant,
    RunRef,
)
from qml_core.specs import ModelSpec, Spec
from qml_core.storage.content import put_content
from qml_core.storage.runs import put_run, set_ref
from qml_core.storage.store import open_store
from tasks.costs import costs_of, spent_by
from tasks.job import Job
from tasks.measured import measurement_section
from tasks.provenance import provenance
from tasks.rounding import rounding_record
from tasks.spending import ledger_jobs


def finish(job: Job, title: str, sentence: str, sections: Mapping[str, object]) -> RunRef:
    """Render, store, point `latest` at it, show it in Prefect."""
    now = datetime.now(timezone.utc)
    run_id, started = job.run_id or new_run_id(now), _started(now)
    wall = (now - started).total_seconds()
    fallback, measured = fallback_of(job.grants), _measured(job, started)
    spent = spent_by(job, measured, started)
    measured_on = measured_sentence(job.used)
    verdict = f"{sentence} {measured_on}".strip()
    content = ReportContent(
        title=title,
        run_id=run_id,
        created=now,
        verdict=verdict,
        command=repeat_command(job.verb, job.asked),
        asked={name: _used(spec) for name, spec in job.asked.items()},
        provenance=_provenance(job),
        costs=costs_of(job, wall, spent),
        measurement=measured,
        fallback=fallback,
        **sections,  # type: ignore[arg-type]
    )
    store = open_store(job.store)
    report = put_content(store, "reports", render(content).encode(), ".html")
    told = verdict if fallback is None else f"{_as_sentence(fallback)} {verdict}"
    ref = put_run(store, run_id, _record(job, content, report, told, wall, spent))
    set_ref(store, "latest", {"run_id": run_id})
    finished = RunRef(
        **ref.model_dump(),
        run_id=run_id,
        report=report,
        matrices=job.matrices,
        trainings=job.trainings,
        models=job.models,
        verdict=told,
        score=job.score,
        command=content.command,
        fallback=fallback,
    )
    if FlowRunContext.get() is not None:
        summary, key = summary_markdown(content, report.uri), job.verb.replace(" ", "-")
        create_markdown_artifact(summary, key=f"{key}-report", description=told)
    return finished


def _used(spec: Spec) -> dict[str, object]:
    """What a page shows: without the fields of the other kind of model."""
    unused = set(spec.unused) if isinstance(spec, ModelSpec) else None
    return spec.model_dump(mode="json", exclude=unused)


def fallback_of(grants: Sequence[Grant]) -> str | None:
    """What ran instead of the backend asked for; the first grant of a run holds the refusals."""
    return next((grant.fallback for grant in grants if grant.fallback is not None), None)


def _as_sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _measured(job: Job, started: datetime) -> Measurement | None:
    if job.shown is None:
        return None
    return measurement_section(
        job.matrices,
        job.grants,
        job.shown,
        job.n_qubits,
        job.psd,
        ledger_jobs(job.grants),
        job.run.project,
        started,
    )


def _record(
    job: Job,
    content: ReportContent,
    report: ArtifactRef,
    verdict: str,
    wall: float,
    spent: Spent | None,
) -> dict[str, object]:
    """What belongs to this run and no other."""
    measured = content.measurement
    return {
        **content.provenance,
        "run_id": content.run_id,
        "verb": job.verb,
        "created": content.created.isoformat(),
        "asked": {name: spec.model_dump(mode="json") for name, spec in job.asked.items()},
        "grants": [g.model_dump(mode="json", exclude={"estimate"}) for g in job.grants],
        "matrices": [m.model_dump(mode="json") for m in job.matrices],
        "trainings": [t.model_dump(mode="json") for t in job.trainings],
        "models": [m.model_dump(mode="json") for m in job.models],
        "tables": [t.model_dump(mode="json") for t in job.tables],
        "outcomes": [o.model_dump(mode="json") for o in job.outcomes],
        "report": report.model_dump(mode="json"),
        "verdict": verdict,
        "score": job.score.model_dump() if job.score else None,
        "approximation": _approximation(content),
        "rounding": rounding_record(content.kernel),
        "fallback": content.fallback,
        "usd": None if spent is None else spent.usd,
        "qpu_seconds": None if spent is None else spent.qpu_seconds,
        "wall_seconds": wall,
        "command": content.command,
        "calibration": _calibrations(measured),
        "measured": [] if measured is None else _documents(measured),
        **job.more,
    }


def _calibrations(measured: Measurement | None) -> list[dict[str, object]] | None:
    """The records that measured blocks were submitted under; none: no record was used."""
    found = () if measured is None else measured.calibrations
    return [snapshot.model_dump(mode="json") for snapshot in found] or None


def _documents(measured: Measurement) -> list[dict[str, object]]:
    return [matrix.model_dump(mode="json") for matrix in measured.matrices]


def _approximation(content: ReportContent) -> dict[str, object] | None:
    """What stands for the pictured matrix, and its measured error; none where it is exact."""
    found = None if content.kernel is None else content.kernel.approximation
    return None if found is None else found.model_dump(mode="json")


def _provenance(job: Job) -> dict[str, object]:
    used = {g.backend_used.name: g.reason for g in reversed(job.grants)}
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


def new_run_id(now: datetime) -> str:
    """From the flow run's own start and id: a retry of this task writes the same record again."""
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        return f"{now:%Y%m%d-%H%M%S}-{str(uuid4())[-6:]}"
    return f"{context.start_time:%Y%m%d-%H%M%S}-{str(context.flow_run.id)[-6:]}"


def _started(now: datetime) -> datetime:
    """When the flow began; outside of one, now."""
    context = FlowRunContext.get()
    return now if context is None else context.start_time
