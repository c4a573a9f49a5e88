"""What a run took: seconds, blocks or epochs, and what the ledger says it has cost."""

from datetime import datetime

from qml_core.evaluation.report.content import Costs
from qml_core.evaluation.report.measured import Measurement, Spent
from tasks.job import Job
from tasks.spending import ledger_jobs, spent_since

_FREE = Spent(usd=0.0, qpu_seconds=0.0, jobs=0)


def spent_by(job: Job, measured: Measurement | None, started: datetime) -> Spent | None:
    """By this run; None: the ledger did not answer."""
    keys = {training.plan_key for training in job.trainings}
    if not job.matrices:
        keys |= {grant.plan_key for grant in job.grants}
    if keys:
        return spent_since(ledger_jobs(job.grants), keys, job.run.project, started)
    return _FREE if measured is None else measured.spent


def costs_of(job: Job, wall: float, spent: Spent | None) -> Costs:
    """What a run took, for its page; `wall` and all times in seconds."""
    rest = max(0.0, wall - sum(seconds for _, seconds in job.timings))
    return Costs(
        timings=(*job.timings, ("loading, storing, Prefect, report", rest)),
        blocks_computed=sum(m.computed for m in job.matrices),
        blocks_reused=sum(m.reused for m in job.matrices),
        **_epochs(job),
        usd=None if spent is None else spent.usd,
        qpu_seconds=None if spent is None else spent.qpu_seconds,
    )


def _epochs(job: Job) -> dict[str, int]:
    """Of the trainings of a run; nothing where there is none."""
    if not job.trainings:
        return {}
    circuits = sum(training.circuits for training in job.trainings)
    return {
        "epochs_computed": sum(t.epochs - t.reused for t in job.trainings),
        "epochs_reused": sum(t.reused for t in job.trainings),
        "circuits": circuits,
        "shots": circuits * (job.used.shots or 0),
    }
