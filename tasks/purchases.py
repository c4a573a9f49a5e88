"""What the gates ask of a kind of plan: what is left to buy of it, and what its circuits are."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from qml_core.budget.gate import check_circuit
from qml_core.hardware.protocol import Circuit
from qml_core.references import CircuitPlan, KernelPlan, PredictionPlan, QAOAPlan, TrainingPlan
from qml_core.specs import BackendSpec, RunSpec
from tasks.on_record import OnRecord

P = TypeVar("P", bound=KernelPlan | TrainingPlan | PredictionPlan | QAOAPlan)

Later = Sequence[Sequence[P]]
"""What will be bought after some plans: of each group one plan, it is not known yet which."""


@dataclass(frozen=True)
class Purchase(Generic[P]):
    """A kind of plan as the gates see it."""

    folder: str
    """Of its grants and canaries in the store."""
    canary: Callable[[P], int]
    """Circuits of its canary, at most."""
    replanned: Callable[[P, BackendSpec, RunSpec, str | None], P]
    """The same on another backend, with the digest of the noise that one follows."""
    movable: Callable[[P], bool]
    """Whether a fallback may do it; not what would have to buy anew what is there already."""
    complete: Callable[[P], bool]
    """Whether nothing of it is left to compute."""
    begun: Callable[[P], bool]
    """Whether an earlier run has stored something of it."""
    bought: Callable[[P, OnRecord], bool]
    """Whether jobs of it are on record."""
    check_memory: Callable[[Sequence[P], BackendSpec, int], None]
    """Raises Refused where some bytes of memory are too few for the plans on a backend."""
    left: Callable[
        [Sequence[P], Later[P], RunSpec, OnRecord], tuple[list[Counter[int]], list[Counter[int]]]
    ]
    """Jobs of each plan that are still to be bought by their circuits, and of each group the
    fewest."""
    anew: Callable[[Sequence[P], Later[P], RunSpec], Counter[int]]
    """Jobs of all plans as if nothing were stored: of other shots nothing is."""
    example: Callable[[P], Circuit]
    """The longest of a few of its circuits; mostly they are all alike."""
    runs_on: Callable[[BackendSpec], BackendSpec]
    """Where its circuits run of the backend that is asked for."""
    note: Callable[[P], str]
    """What the reason of its grant says beside."""
    at_shots: Callable[[P, int], P] = lambda plan, shots: plan
    """The same for its jobs with other shots, where their number depends on them."""


def check_state(plans: Sequence[CircuitPlan], backend: BackendSpec, memory_bytes: int) -> None:
    """Raise CircuitRefused where the state of a circuit does not fit into memory here."""
    for plan in plans:
        check_circuit(plan.n_qubits, backend, memory_bytes)


def on_engine(backend: BackendSpec) -> BackendSpec:
    """Trained circuits: their exact values come from the engine, whichever simulator is named."""
    return backend if backend.measured else backend.model_copy(update={"name": BackendSpec().name})
