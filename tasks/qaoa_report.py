"""The end of a QAOA: what it came to in a sentence, its page and its record."""

import numpy as np
from prefect import task

from qml_core.evaluation.report.qaoa import QAOASection
from qml_core.events import StageStarted, emit
from qml_core.optimisation.problems.problem import Problem
from qml_core.optimisation.qaoa.angles import mixer_of
from qml_core.references import Grant, QAOAPlan, QAOARef, Solution
from qml_core.specs import BackendSpec, ProblemSpec, QAOASpec, RunSpec
from qml_core.storage.datasets import get_arrays
from tasks.job import Job
from tasks.options import STORE
from tasks.problems import get_problem
from tasks.records import finish

_GUESSES = 4096
"""Random feasible bit strings beside the samples."""


@task(name="report-qaoa", **STORE)
def report_qaoa(
    problem: ProblemSpec,
    qaoa: QAOASpec,
    backend: BackendSpec,
    run: RunSpec,
    plan: QAOAPlan,
    grant: Grant,
    solution: Solution,
) -> QAOARef:
    """Verdict, page and record."""
    emit(StageStarted("report"))
    opened = get_problem(plan.problem)
    job = Job(
        verb="qaoa",
        asked={"problem": problem, "qaoa": qaoa, "backend": backend, "run": run},
        store=plan.store,
        timings=(("circuits, tuning and readout", solution.seconds),),
        n_qubits=plan.n_qubits,
        grants=(grant,),
        tables=(solution.samples, solution.history),
    )
    section = qaoa_section(opened, plan, grant, solution)
    title = f"QAOA on {opened.name}, {opened.kind}"
    finished = finish(job, title, sentence(opened, plan, solution), {"qaoa": section})
    value = opened.value_of(solution.best_energy)
    return QAOARef(**dict(finished), solution=solution, value=value)


def sentence(problem: Problem, plan: QAOAPlan, found: Solution) -> str:
    """The verdict: value of the best sample, against the optimum where it is known."""
    layers = "1 layer" if len(found.gammas) == 1 else f"{len(found.gammas)} layers"
    value = f"{problem.value_name} {problem.value_of(found.best_energy):.6g}"
    told = f"QAOA of {layers} on {plan.n_qubits} qubits came to {value}"
    if found.optimum is None or found.approximation is None:
        return f"{told}; the optimum is not known."
    optimum = f"{problem.value_of(found.optimum):.6g}"
    reached = "the optimum" if _reached(found) else f"the optimum is {optimum}"
    return f"{told}, {reached}; its samples have approximation ratio {found.approximation:.3f}."


def _reached(found: Solution) -> bool:
    assert found.optimum is not None
    return found.best_energy <= found.optimum + 1e-9 * max(1.0, abs(found.optimum))


def qaoa_section(problem: Problem, plan: QAOAPlan, grant: Grant, found: Solution) -> QAOASection:
    """What the page shows."""
    samples, history = get_arrays(found.samples), get_arrays(found.history)
    used, qaoa = grant.backend_used, plan.qaoa
    return QAOASection(
        problem=problem.name,
        kind=problem.kind,
        n_qubits=plan.n_qubits,
        energies=samples["energy"],
        counts=samples["count"],
        feasible=samples["feasible"],
        gammas=np.array(found.gammas),
        betas=np.array(found.betas),
        history=history["objective"],
        objective=_objective(qaoa),
        expectation=found.expectation,
        best_bits=np.array([int(bit) for bit in found.best], dtype=np.uint8),
        best_energy=found.best_energy,
        optimum=found.optimum,
        worst=found.worst,
        value=problem.value_of(found.best_energy),
        value_name=problem.value_name,
        approximation=found.approximation,
        best_approximation=found.best_approximation,
        feasibility=found.feasibility,
        guess_energies=_guesses(problem, plan.seed),
        terms=problem.ising.terms,
        edges=_edges(problem),
        labels=tuple(map(str, problem.labels)),
        start=found.notes[0] if found.notes else "",
        optimiser=qaoa.measured_tuner if used.measured else qaoa.tuner,
        mixer=mixer_of(qaoa, problem.registers),
        backend=used.name,
        shots=qaoa.samples,
        circuits=found.circuits,
        usd=grant.estimate.usd,
        seconds=found.seconds,
        notes=found.notes[1:],
    )


def _objective(qaoa: QAOASpec) -> str:
    return {
        "expectation": "expectation",
        "cvar": f"CVaR of the best {qaoa.alpha:.0%}",
        "gibbs": f"Gibbs, eta {qaoa.eta:g}",
    }[qaoa.objective]


def _guesses(problem: Problem, seed: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Energies of random feasible bit strings, (g,)."""
    rng, registers = np.random.default_rng([seed, 4]), problem.registers
    codes = np.stack([rng.integers(k, size=_GUESSES) for k in registers.levels], axis=1)
    return problem.ising.energies(registers.bits_of(codes))


def _edges(problem: Problem) -> tuple[tuple[int, int, float], ...]:
    """Of a graph problem; only those of MaxCut have weights in the polynomial."""
    if problem.kind not in ("maxcut", "independent_set", "vertex_cover"):
        return ()
    pairs = [(wires, c) for wires, c in problem.ising.terms.items() if len(wires) == 2]
    cut = problem.kind == "maxcut"
    return tuple((a, b, 2 * c if cut else 1.0) for (a, b), c in pairs)
