"""The flow that minimises a graph problem, a QUBO or an Ising polynomial with QAOA."""

from prefect import flow

from qml_core.references import QAOARef
from qml_core.specs import BackendSpec, ProblemSpec, QAOASpec, RunSpec
from tasks.canary import send_canary
from tasks.gates import pass_gates
from tasks.problems import open_problem
from tasks.qaoa import plan_qaoa, solve
from tasks.qaoa_report import report_qaoa


@flow(name="qaoa", persist_result=False)
def qaoa(
    problem: ProblemSpec,
    qaoa: QAOASpec = QAOASpec(),
    backend: BackendSpec = BackendSpec(),
    run: RunSpec = RunSpec(),
) -> QAOARef:
    """Tune the angles, read out samples, say how good they are.

    Args:
        problem: A file or edges; energies are minimised.
        qaoa: Layers, mixer, angles, optimiser, objective.
        backend: Exact, or where the circuits run.
        run: Under which terms: seed, project, what to do on refusal.
    """
    opened = open_problem(problem)
    plan = plan_qaoa(opened, qaoa, backend, run)
    plans, grants = pass_gates([plan], backend, run)
    send_canary(plans, grants, run)
    solution = solve(plans[0], grants[0], run)
    return report_qaoa(problem, qaoa, backend, run, plans[0], grants[0], solution)
