"""Trainings at the gates: which evaluations are still to be bought, and their circuits."""

from collections import Counter
from collections.abc import Sequence
from itertools import takewhile

from qml_core.budget.asking import circuits_in
from qml_core.hardware.canary import DIAGONALS
from qml_core.hardware.initial_circuits import longest_circuit
from qml_core.hardware.protocol import Circuit
from qml_core.references import TrainingPlan
from qml_core.specs import RunSpec
from qml_core.storage.checkpoints import latest_checkpoint
from qml_core.storage.probe import open_checked_store
from qml_core.training.estimates import circuits_of_jobs, job_names, job_sizes
from qml_core.training.evaluations import Evaluation
from tasks.datasets import read_columns
from tasks.on_record import OnRecord
from tasks.purchases import Later, Purchase, check_state, on_engine
from tasks.training_plans import evaluations_of, network_of, plan_split

_ROWS = 8


def _left(
    plans: Sequence[TrainingPlan], later: Later[TrainingPlan], run: RunSpec, bought: OnRecord
) -> tuple[list[Counter[int]], list[Counter[int]]]:
    groups = ([_missing(plan, bought) for plan in group] for group in later)
    return [_missing(plan, bought) for plan in plans], [min(g, key=circuits_in) for g in groups]


def _missing(plan: TrainingPlan, bought: OnRecord) -> Counter[int]:
    """Jobs after the newest checkpoint that are not on record.

    Jobs are bought one after the other, so the first that is not on record ends what is.
    """
    evaluations, backend = evaluations_of(plan), plan.backend
    there: list[Evaluation] = []
    for found in evaluations.after(*_done(plan)):
        have = list(takewhile(lambda name: bought.has(plan.key, name), job_names(found, backend)))
        if len(have) < len(circuits_of_jobs(found, backend)):
            begun = [e for e in there if (e.epoch, e.step) == (found.epoch, found.step)]
            left = job_sizes(evaluations.counted(found.epoch - 1, found.step - 1), backend)
            left -= job_sizes(((e, 1) for e in begun), backend)
            return left - Counter(circuits_of_jobs(found, backend)[: len(have)])
        there.append(found)
    return Counter()


def _done(plan: TrainingPlan) -> tuple[int, int, int | None]:
    """Epochs, and steps of the next one, that the newest checkpoint holds; at the end the best."""
    end = plan.segments[-1]
    found = latest_checkpoint(open_checked_store(plan.store), plan.key, until=end)
    if found is None:
        return 0, 0, None
    _, state = found
    if state.finished or state.epoch == end:
        return end, 0, state.best_epoch
    return state.epoch, state.step, None


def _bought(plan: TrainingPlan, bought: OnRecord) -> bool:
    if not plan.measured or not bought.keys:
        return False
    first = next(evaluations_of(plan).after(0, 0))
    return bought.has(plan.key, job_names(first, plan.backend)[0])


def _anew(plans: Sequence[TrainingPlan], later: Later[TrainingPlan], run: RunSpec) -> Counter[int]:
    jobs: Counter[int] = Counter()
    for plan in (*plans, *(group[0] for group in later)):
        jobs += job_sizes(evaluations_of(plan).counted(), plan.backend)
    return jobs


def _example(plan: TrainingPlan) -> Circuit:
    (X,) = read_columns(plan.data, "train", "x")
    return longest_circuit(network_of(plan), X[:_ROWS])


TRAININGS = Purchase[TrainingPlan](
    folder="trainings",
    canary=lambda plan: min(DIAGONALS, plan.data.n_train),
    replanned=lambda plan, backend, run, noise: plan_split(
        plan.data, plan.model, backend, run, noise
    ),
    movable=lambda plan: True,
    complete=lambda plan: _done(plan)[0] >= plan.segments[-1],
    begun=lambda plan: _done(plan)[:2] != (0, 0),
    bought=_bought,
    check_memory=check_state,
    left=_left,
    anew=_anew,
    example=_example,
    runs_on=on_engine,
    note=lambda plan: "",
)
