"""A QAOA as a task: found in the store, or its angles tuned and its samples read out."""

import time
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from prefect import task

from qml_core.events import StageStarted, emit
from qml_core.hardware.measured_energies import MeasuredEvaluator
from qml_core.optimisation.problems.problem import Problem
from qml_core.optimisation.qaoa.algorithm import QAOA, QAOAResult
from qml_core.optimisation.qaoa.samples import Samples
from qml_core.references import ArtifactRef, Grant, ProblemRef, QAOAPlan, Solution
from qml_core.settings import Settings
from qml_core.specs import BackendSpec, QAOASpec, RunSpec
from qml_core.storage.content import find_or_make, is_sound
from qml_core.storage.datasets import put_arrays
from qml_core.storage.probe import open_checked_store
from qml_core.storage.store import ArtifactStore
from tasks.options import PURE, STORE
from tasks.problems import get_problem
from tasks.qaoa_purchases import FOLDER, qaoa_plan, solution_path
from tasks.trainings import open_meter
from tasks.turns import computing


@task(name="plan-qaoa", **PURE)
def plan_qaoa(problem: ProblemRef, qaoa: QAOASpec, backend: BackendSpec, run: RunSpec) -> QAOAPlan:
    """One QAOA on a backend; raises SpecError where values from shots cannot be used as asked."""
    return qaoa_plan(problem, qaoa, backend, run)


@task(name="solve-qaoa", **STORE)
def solve(plan: QAOAPlan, grant: Grant, run: RunSpec) -> Solution:
    """What the QAOA comes to; an earlier run of the same plan is not repeated.

    Raises:
        CircuitRefused: exact values need more memory than may be used.
        Refused, BackendError: a gate or the device says no; what was bought is collected later.
    """
    emit(StageStarted("QAOA"))
    store = open_checked_store(plan.store)
    found, _ = find_or_make(
        store,
        solution_path(plan.key),
        Solution,
        lambda one: _placed(one, store),
        lambda: _solved(plan, grant, run, store),
    )
    return found


def _placed(found: Solution, store: ArtifactStore) -> Solution | None:
    """At no cost, its tables where the store is; None where they are damaged or gone."""
    here = {
        name: getattr(found, name).model_copy(update={"store": store.url})
        for name in ("samples", "history")
    }
    if not all(is_sound(table, store) for table in here.values()):
        return None
    return found.model_copy(update={**here, "seconds": 0.0})


@computing()
def _solved(plan: QAOAPlan, grant: Grant, run: RunSpec, store: ArtifactStore) -> Solution:
    problem, used = get_problem(plan.problem), grant.backend_used
    ising, began = problem.ising, time.perf_counter()
    qaoa = QAOA.from_spec(plan.qaoa, problem.registers, plan.seed)
    if not used.measured:
        result = qaoa.fit(ising, memory_bytes=Settings.from_environment().memory_bytes)
        return _put(plan, problem, result, store, time.perf_counter() - began)
    meter = open_meter(plan, used, run)
    evaluator = MeasuredEvaluator(meter, ising, problem.registers, plan.qaoa, used, plan.seed)
    result = qaoa.fit(ising, evaluator)
    result = replace(result, notes=(*result.notes, *evaluator.tally.notes))
    return _put(plan, problem, result, store, time.perf_counter() - began, meter.circuits)


def _put(
    plan: QAOAPlan,
    problem: Problem,
    found: QAOAResult,
    store: ArtifactStore,
    seconds: float,
    circuits: int = 0,
) -> Solution:
    """With its samples and its history as tables."""
    return Solution(
        plan_key=plan.key,
        gammas=tuple(found.gammas.tolist()),
        betas=tuple(found.betas.tolist()),
        expectation=found.expectation,
        objective=found.objective,
        evaluations=found.evaluations,
        best=_text(found.best_bits),
        best_energy=found.best_energy,
        optimum=found.optimum,
        worst=found.worst,
        approximation=found.approximation,
        best_approximation=found.best_approximation,
        feasibility=found.feasibility,
        samples=_put_samples(store, problem, found.samples),
        history=_put_history(store, found),
        circuits=circuits,
        seconds=seconds,
        notes=found.notes,
    )


def _put_samples(store: ArtifactStore, problem: Problem, samples: Samples) -> ArtifactRef:
    _, feasible = problem.registers.codes_of(samples.bits)
    columns = {
        "bits": np.array([_text(row) for row in samples.bits]),
        "count": samples.counts,
        "energy": samples.energies(problem.ising),
        "feasible": feasible,
    }
    return put_arrays(store, FOLDER, columns, {"table": "samples", "problem": problem.name})


def _put_history(store: ArtifactStore, found: QAOAResult) -> ArtifactRef:
    layers = len(found.gammas)
    objective, gammas, betas = np.split(found.history, [1, 1 + layers], axis=1)
    columns = {"objective": objective[:, 0], "gammas": gammas, "betas": betas}
    return put_arrays(store, FOLDER, columns, {"table": "history"})


def _text(bits: NDArray[np.uint8]) -> str:
    return "".join(map(str, bits.tolist()))
