"""Problems as a task: a file or edges become an Ising polynomial in the store."""

from prefect import task

from qml_core.evaluation.datasets.files import read_bytes
from qml_core.events import StageStarted, emit
from qml_core.optimisation.problems.problem import Problem, document, from_document
from qml_core.optimisation.problems.problem import open_problem as read_problem_file
from qml_core.references import ProblemRef
from qml_core.settings import Settings
from qml_core.specs import ProblemSpec
from qml_core.storage.content import get_verified, put_content
from qml_core.storage.documents import decode_document, encode_document
from qml_core.storage.probe import open_checked_store
from qml_core.storage.store import ArtifactStore
from tasks.options import STORE

FOLDER = "problems"


@task(name="open-problem", **STORE)
def open_problem(problem: ProblemSpec) -> ProblemRef:
    """Read the problem and keep it.

    Raises:
        DataError, SpecError: no such file, or nothing that can be minimised.
        StorageError: the store, or that of the file, does not answer.
    """
    emit(StageStarted("read problem"))
    store = open_checked_store(Settings.from_environment().storage_url)
    return put_problem(store, read_problem_file(problem, read_bytes))


def put_problem(store: ArtifactStore, problem: Problem) -> ProblemRef:
    """The problem in the store, JSON."""
    ising, registers = problem.ising, problem.registers
    data = encode_document(document(problem))
    return ProblemRef(
        **put_content(store, FOLDER, data, ".json").model_dump(),
        name=problem.name,
        kind=problem.kind,
        n_qubits=ising.n_qubits,
        n_terms=sum(1 for wires in ising.terms if wires),
        degree=ising.degree,
        groups=registers.groups if registers.one_hot else (),
    )


def get_problem(problem: ProblemRef) -> Problem:
    """The problem; raises ArtifactNotFound or CorruptArtifact."""
    return from_document(decode_document(get_verified(problem), problem.path))
