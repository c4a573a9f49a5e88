"""The rungs after a search: its best configurations on dearer backends, while the budget lasts."""

from collections.abc import Sequence
from dataclasses import dataclass

from qml_core.events import StageStarted, emit
from qml_core.optimisation.halving import agreement, promoted
from qml_core.references import Grant, Proposal, Rung, SearchPlan, Trial
from qml_core.specs import BackendSpec, RunSpec
from tasks.losses import losses_of
from tasks.search_rounds import Searched, open_trials
from tasks.spending_cap import SpendingCap


@dataclass(frozen=True)
class Promoted:
    """A search with its rungs."""

    trials: tuple[Trial, ...]
    """Of the search, then of each promotion."""
    rungs: tuple[Rung, ...]
    grants: tuple[Grant, ...]
    notes: tuple[str, ...] = ()

    @property
    def top(self) -> tuple[Trial, ...]:
        """Of the last rung that has a finished trial."""
        done = [t for t in self.trials if t.status == "done"]
        last = max((t.rung for t in done), default=0)
        return tuple(t for t in done if t.rung == last)


def promote(plan: SearchPlan, searched: Searched, run: RunSpec) -> Promoted:
    """Each rung evaluates the best of the one below; what `max_usd` does not reach is left out.

    Raises:
        Refused, BackendError: a gate or a device says no; finished rungs are kept.
    """
    cap: SpendingCap = searched.cap
    below = searched.trials
    trials, rungs = list(below), [_rung(plan, plan.backend, below, ())]
    for number, asked in enumerate(plan.search.promote, start=1):
        chosen = [below[k] for k in promoted(losses_of(plan, below), asked.keep)]
        if not chosen:
            break
        emit(StageStarted(f"promotion {number}: {asked.backend.name}", len(chosen)))
        moved = plan.model_copy(update={"backend": asked.backend})
        proposal = _proposal(chosen, len(searched.proposals) + number - 1)
        with open_trials(moved, run, cap, len(chosen), number) as evaluate:
            found = evaluate(proposal, len(trials))
        rungs.append(_rung(plan, asked.backend, found, chosen))
        trials += found
        below = found
    return Promoted(tuple(trials), tuple(rungs), tuple(cap.grants), tuple(cap.notes))


def _proposal(chosen: Sequence[Trial], number: int) -> Proposal:
    return Proposal(
        round=number,
        codes=tuple(trial.codes for trial in chosen),
        source=("promotion",) * len(chosen),
    )


def _rung(
    plan: SearchPlan, backend: BackendSpec, trials: Sequence[Trial], below: Sequence[Trial]
) -> Rung:
    """What it cost, and what it showed of the configurations of the rung below."""
    losses, before = losses_of(plan, trials), losses_of(plan, below)[: len(trials)]
    best, first = promoted(losses, 1.0)[:1], promoted(before, 1.0)[:1]
    left_out = len(below) - len(trials)
    return Rung(
        backend=backend.name,
        shots=backend.shots,
        trials=len(trials),
        usd=sum(trial.usd for trial in trials),
        circuits=sum(trial.circuits for trial in trials),
        seconds=sum(trial.seconds for trial in trials),
        best=trials[best[0]].value if len(best) else None,
        correlation=agreement(before, losses) if below else None,
        changed=bool(below) and len(best) > 0 and best[0] != first[0],
        note=f"{left_out} of {len(below)} were left out: max_usd" if below and left_out else "",
    )
