"""QAOA at the gates: its evaluations one by one, then its readout, as jobs by part name."""

from collections import Counter
from collections.abc import Sequence

from qml_core.hardware.protocol import Circuit
from qml_core.keys import canonical_json, digest, key
from qml_core.optimisation.problems.problem import Problem, document
from qml_core.optimisation.qaoa.circuits import circuit_of
from qml_core.optimisation.qaoa.estimates import (
    CANARY,
    check_measurable,
    estimate,
    evaluation_names,
    evaluations,
    example_angles,
    job_sizes,
    prefixes,
    readout_jobs,
)
from qml_core.references import ProblemRef, QAOAPlan, Solution
from qml_core.specs import BackendSpec, QAOASpec, RunSpec
from qml_core.storage.content import find_model
from qml_core.storage.probe import open_checked_store
from tasks.devices import noise_digest
from tasks.on_record import OnRecord
from tasks.problems import get_problem
from tasks.purchases import Later, Purchase, check_state, on_engine

FOLDER = "qaoa"


def qaoa_plan(problem: ProblemRef, qaoa: QAOASpec, backend: BackendSpec, run: RunSpec) -> QAOAPlan:
    """One QAOA on a backend; raises SpecError where values from shots cannot be used as asked."""
    check_measurable(qaoa, backend)
    noise, opened = noise_digest(backend), get_problem(problem)
    return QAOAPlan(
        key=key(
            "qaoa",
            problem=_content(opened),
            qaoa=qaoa.model_dump(mode="json"),
            backend=backend.model_dump(mode="json"),
            noise=noise,
            seed=run.seed,
            remeasure=run.remeasure,
        ),
        problem=problem,
        qaoa=qaoa,
        backend=backend,
        seed=run.seed,
        remeasure=run.remeasure,
        noise=noise,
        n_qubits=problem.n_qubits,
        estimate=estimate(opened.ising, opened.registers, qaoa, backend),
    )


def _content(problem: Problem) -> str:
    """Digest of what is minimised: not what a file and its nodes are called.

    Draws of a round keep their numbers, so that equal ones are two orders.
    """
    found = document(problem)
    called = {"labels"} if problem.kind == "surrogate" else {"labels", "name", "kind"}
    kept = {name: value for name, value in found.items() if name not in called}
    return digest(canonical_json(kept))


def solution_path(plan_key: str) -> str:
    """Of what a plan came to, in the store."""
    return f"{FOLDER}/by-key/{plan_key}.json"


def _missing(plan: QAOAPlan, bought: OnRecord) -> Counter[int]:
    """Jobs that are not on record; of a round that is read out no evaluation is left."""
    qaoa, left, tuned = plan.qaoa, Counter[int](), 0
    last = False
    for prefix in prefixes(qaoa, plan.n_qubits):
        jobs = readout_jobs(prefix, qaoa, plan.backend)
        read = {name for name in jobs if bought.has(plan.key, name)}
        left += Counter(jobs[name] for name in jobs.keys() - read)
        tuned += sum(bought.has(plan.key, name) for name in evaluation_names(qaoa, prefix))
        last = bool(read)
    asked = 0 if last else evaluations(qaoa, measured=True)
    return left + Counter({1: max(0, asked - tuned)})


def _left(
    plans: Sequence[QAOAPlan], later: Later[QAOAPlan], run: RunSpec, bought: OnRecord
) -> tuple[list[Counter[int]], list[Counter[int]]]:
    found = [Counter[int]() if _complete(plan) else _missing(plan, bought) for plan in plans]
    return found, []


def _anew(plans: Sequence[QAOAPlan], later: Later[QAOAPlan], run: RunSpec) -> Counter[int]:
    return sum(map(_everything, plans), Counter[int]())


def _complete(plan: QAOAPlan) -> bool:
    store = open_checked_store(plan.store)
    return find_model(store, solution_path(plan.key), Solution) is not None


def _bought(plan: QAOAPlan, bought: OnRecord) -> bool:
    return plan.measured and bool(_everything(plan) - _missing(plan, bought))


def _everything(plan: QAOAPlan) -> Counter[int]:
    return job_sizes(plan.qaoa, plan.n_qubits, plan.backend)


def _check_memory(plans: Sequence[QAOAPlan], backend: BackendSpec, memory_bytes: int) -> None:
    """Shots are drawn from the state of all qubits; the exact engine says itself what it needs."""
    if backend.measured:
        check_state(plans, backend, memory_bytes)


def example_circuit(plan: QAOAPlan) -> Circuit:
    """Of the first round; which angles it has changes no gate."""
    problem = get_problem(plan.problem)
    return circuit_of(problem.ising, problem.registers, plan.qaoa)(example_angles(plan.qaoa))


def _at_shots(plan: QAOAPlan, shots: int) -> QAOAPlan:
    """With fewer shots a circuit, more circuits make up the samples of the readout."""
    return plan.model_copy(update={"backend": plan.backend.model_copy(update={"shots": shots})})


QAOAS = Purchase[QAOAPlan](
    folder=FOLDER,
    canary=lambda plan: CANARY,
    replanned=lambda plan, backend, run, noise: qaoa_plan(plan.problem, plan.qaoa, backend, run),
    movable=lambda plan: True,
    complete=_complete,
    begun=_complete,
    bought=_bought,
    check_memory=_check_memory,
    left=_left,
    anew=_anew,
    example=example_circuit,
    runs_on=on_engine,
    note=lambda plan: "; an upper bound: the optimiser may end early" if plan.measured else "",
    at_shots=_at_shots,
)
