"""What the circuits of a search's surrogate cannot be, before anything is evaluated."""

from collections.abc import Sequence

from qml_core.budget.gate import check_circuit
from qml_core.errors import SpecError
from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.problems.registers import Registers
from qml_core.optimisation.qaoa.algorithm import QAOA
from qml_core.optimisation.qaoa.estimates import check_measurable, estimate
from qml_core.optimisation.surrogates.qubit_limits import encoding_of, one_hot_qubits, qubit_limit
from qml_core.simulation.ising_diagonal import require_memory
from qml_core.specs import SearchSpec
from qml_core.specs.search import SURROGATE_SEARCHERS, levels_of


def check_surrogate(search: SearchSpec, memory_bytes: int) -> None:
    """What the circuits of the searcher cannot be, of a device as far as is known without it.

    Raises:
        SpecError: a space that no encoding brings onto the qubits, or a QAOA that does not fit it.
        CircuitRefused: a simulated circuit needs more memory than may be used.
    """
    if search.searcher not in SURROGATE_SEARCHERS:
        return
    limit, levels = qubit_limit(search.surrogate, None), levels_of(search.space)
    encoding = encoding_of(levels, search.surrogate, limit, search.qaoa.mixer)
    if search.searcher != "qaoa":
        return
    check_measurable(search.qaoa, search.qaoa_backend)
    if search.qaoa.angles == "fixed":
        raise SpecError(
            "search.qaoa.angles=fixed asked, a surrogate has another coupling for every pair",
            "use ramp, interp or given",
        )
    sizes = (2,) * encoding.n_qubits if encoding.kind == "binary" else levels
    registers = Registers.of_levels(_largest_block(sizes, limit))
    problem = Ising(registers.n_qubits, {(0,): 1.0})
    QAOA.from_spec(search.qaoa, registers).check(problem)
    if not search.qaoa_backend.measured:
        needed = estimate(problem, registers, search.qaoa, search.qaoa_backend).state_bytes
        require_memory(needed, memory_bytes, registers.n_qubits)
    else:
        remedy = "lower search.surrogate.max_qubits; {most} qubits fit, half of them with noise"
        check_circuit(registers.n_qubits, search.qaoa_backend, memory_bytes, remedy)


def _largest_block(levels: Sequence[int], limit: int) -> list[int]:
    """Levels of the variables, fewest first, that fit on so many qubits one-hot."""
    taken: list[int] = []
    for count in sorted(k for k in levels if k > 1):
        limit -= one_hot_qubits(count)
        if limit >= 0:
            taken.append(count)
    return taken
