"""`qml hpo --dry-run`: the space, the searcher's circuits, the trials', and what they cost."""

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from deployments.cli.door import Facts
from deployments.cli.hpo_matrices import TrialMatrices
from deployments.cli.hpo_training_forecast import forecast_trainings
from deployments.cli.layout import labelled, seconds
from deployments.cli.measured_forecast import MeasuredForecast, forecast_jobs
from qml_core.budget.asking import asked_sizes
from qml_core.hardware.canary import DIAGONALS, PAIRS
from qml_core.kernels.estimates import estimate
from qml_core.kernels.forecasting import training_rows
from qml_core.kernels.parts import count_parts
from qml_core.optimisation.qaoa.angles import mixer_of
from qml_core.optimisation.qaoa.circuits import QAOACircuit
from qml_core.optimisation.qaoa.estimates import CANARY, check_measurable, example_angles, job_sizes
from qml_core.optimisation.space import Space
from qml_core.optimisation.surrogates.qubit_limits import encoding_of, qubit_limit
from qml_core.optimisation.surrogates.rounds import Draw, draws_of, shares_of
from qml_core.specs import BackendSpec, DatasetSpec, RunSpec, SearchSpec, Spec
from qml_core.specs.search import SURROGATE_SEARCHERS, levels_of

if TYPE_CHECKING:
    from qml_core.hardware.protocol import Circuit


@dataclass(frozen=True)
class Step:
    """A part of a search: how many of what, their circuits, and what they cost at most."""

    name: str
    backend: BackendSpec
    count: int
    circuits: int
    seconds: float
    measured: MeasuredForecast | None

    @property
    def usd(self) -> float | None:
        """None: unknown."""
        return 0.0 if self.measured is None else self.measured.usd

    def as_dict(self) -> dict[str, Any]:
        measured = None if self.measured is None else self.measured.model_dump(mode="json")
        return {
            "name": self.name,
            "backend": self.backend.name,
            "count": self.count,
            "circuits": self.circuits,
            "seconds": self.seconds,
            "usd": self.usd,
            "measured": measured,
        }


def tell_search(specs: Mapping[str, Spec], facts: Facts | None, *, as_json: bool) -> None:
    """Print what a search does and costs at most, nothing of it in the store."""
    search = specs["search"]
    assert isinstance(search, SearchSpec)
    steps = [*_searcher_steps(search, specs), *_trial_steps(search, specs, facts)]
    usd = [step.usd for step in steps]
    total = None if None in usd else sum(x for x in usd if x is not None)
    if as_json:
        document = {
            "verb": "hpo",
            "configurations": search.size,
            "trials": search.budget,
            "design": search.design,
            "surrogate": _surrogate(search),
            "steps": [step.as_dict() for step in steps],
            "usd": total,
        }
        click.echo(json.dumps(document, indent=2))
        return
    click.echo(labelled(_rows(search, facts, steps, total).items()))


def _rows(
    search: SearchSpec, facts: Facts | None, steps: list[Step], total: float | None
) -> dict[str, str]:
    levels = " × ".join(str(n) for n in levels_of(search.space)[:12])
    more = " × …" if len(search.space) > 12 else ""
    on = "" if facts is None else f" on {facts.name}: {facts.rows:,} rows"
    rows = {
        "job": f"hpo of {search.objective.evaluated}{on}",
        "space": f"{len(search.space)} hyper-parameters, {levels}{more} = {search.size:,} "
        "configurations",
        "trials": f"{search.budget:,} in {search.rounds} rounds of {search.batch}, "
        f"{search.design} of them random first, then {search.searcher}",
        "surrogate": _surrogate(search),
    }
    for step in steps:
        rows[step.name] = _step(step)
    rows["dollars"] = "unknown" if total is None else f"at most {total:,.2f} USD"
    if search.max_usd is not None:
        rows["dollars"] += f"; the search stops at max_usd={search.max_usd:g}"
    return rows


def _step(step: Step) -> str:
    took = f", {seconds(step.seconds)}" if step.seconds else ""
    if step.measured is None:
        return f"{step.count:,} on {step.backend.name}{took}"
    found = step.measured
    cost = found.cost_unknown or ("" if found.usd is None else f", at most {found.usd:,.2f} USD")
    return (
        f"{step.count:,} on {step.backend.name}: {step.circuits:,} circuits of "
        f"{found.shots:,} shots in {found.jobs:,} jobs{cost}"
    )


def _surrogate(search: SearchSpec) -> str:
    if search.searcher not in SURROGATE_SEARCHERS:
        return ""
    limit = qubit_limit(search.surrogate, None)
    note = encoding_of(levels_of(search.space), search.surrogate, limit, search.qaoa.mixer).note
    solved = (
        f"QAOA of {search.qaoa.layers} layers, {search.qaoa.evaluations} evaluations a round"
        if search.searcher == "qaoa"
        else "simulated annealing"
    )
    return f"{search.surrogate.kind}, {note}; {solved}"


def _searcher_steps(search: SearchSpec, specs: Mapping[str, Spec]) -> list[Step]:
    """The circuits of the searcher, where they are measured."""
    backend, run = search.qaoa_backend, specs["run"]
    assert isinstance(run, RunSpec)
    if search.searcher != "qaoa" or not backend.measured:
        return []
    check_measurable(search.qaoa, backend)
    rounds = math.ceil((search.budget - search.design) / search.batch)
    draws = _draws(search, run)
    sizes: Counter[int] = Counter()
    for draw, share in zip(draws, shares_of(search.qaoa, draws), strict=True):
        for size, jobs in job_sizes(share, draw.encoded.n_qubits, backend).items():
            sizes[size] += rounds * jobs
    found = forecast_jobs(sizes, CANARY, backend, run, lambda: _example(search, draws))
    return [Step("searcher", backend, rounds * len(draws), found.circuits, 0.0, found)]


def _draws(search: SearchSpec, run: RunSpec) -> tuple[Draw, ...]:
    """The surrogate of a space that nothing is known of, as large as any."""
    space, rng = Space.of(search.space), np.random.default_rng(run.seed)
    codes = space.random(8, rng)
    losses = rng.normal(size=len(codes))
    limit = qubit_limit(search.surrogate, None)
    return draws_of(space.sizes, codes, losses, search, rng, limit)


def _example(search: SearchSpec, draws: Sequence[Draw]) -> "Circuit":
    share, encoded = shares_of(search.qaoa, draws)[0], draws[0].encoded
    mixer = mixer_of(share, encoded.registers)
    circuit = QAOACircuit.of(encoded.ising, encoded.registers, mixer, start=share.start)
    return circuit(example_angles(share))


def _trial_steps(search: SearchSpec, specs: Mapping[str, Spec], facts: Facts | None) -> list[Step]:
    """The trials of the search, and of each promotion."""
    backend = specs["backend"]
    assert isinstance(backend, BackendSpec)
    count, steps = search.budget, [_trials("cost", search, specs, facts, backend, search.budget)]
    for number, promotion in enumerate(search.promote, start=1):
        count = max(1, math.ceil(promotion.keep * count - 1e-9))
        name = f"rung {number}"
        steps.append(_trials(name, search, specs, facts, promotion.backend, count))
    return steps


def _trials(
    name: str,
    search: SearchSpec,
    specs: Mapping[str, Spec],
    facts: Facts | None,
    backend: BackendSpec,
    count: int,
) -> Step:
    objective, dataset, run = search.objective, specs.get("dataset"), specs["run"]
    variational = objective.model.variational
    if facts is None or not objective.runs_circuits or (variational and not backend.measured):
        return Step(name, backend, count, 0, 0.0, None)
    if variational:
        trained = forecast_trainings(specs, facts, backend, count)
        return Step(name, backend, count, trained.circuits, 0.0, trained)
    assert isinstance(dataset, DatasetSpec)
    assert isinstance(run, RunSpec)
    n, kernel = training_rows(facts.rows, dataset.split), objective.model.kernel
    if not backend.measured:
        cost = estimate((n, n), True, kernel, count_parts(kernel, backend, facts.features), backend)
        return Step(name, backend, count, 0, count * cost.seconds, None)
    measured = TrialMatrices.of(search, count, n, backend)
    sizes = asked_sizes(measured.matrices, backend)
    longest = partial(measured.example, {**specs, "backend": backend}, facts, backend)
    found = forecast_jobs(sizes, DIAGONALS + PAIRS, backend, run, longest)
    return Step(name, backend, count, found.circuits, 0.0, found)
