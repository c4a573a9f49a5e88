"""How many qubits fit: the memory a simulation needs, known before it starts."""

from decimal import Decimal

from qml_core.errors import CircuitRefused

WORK_SPACE = 4
"""State vectors held at once while one is computed: itself, phases, factor, product."""


def check_memory(
    n_qubits: int,
    amplitude_bytes: int,
    memory_bytes: int,
    name: str = "qml.batched",
    remedy: str = "use at most {most} qubits, or give more with QML_MEMORY_BYTES",
) -> None:
    """Raise CircuitRefused where one state vector of n qubits and its work space do not fit.

    Args:
        remedy: where `{most}` stands for the number of qubits that do.
    """
    needed = WORK_SPACE * amplitude_bytes << n_qubits
    if needed > memory_bytes:
        most = (memory_bytes // (WORK_SPACE * amplitude_bytes)).bit_length() - 1
        raise CircuitRefused(
            f"{n_qubits} qubits on {name} need {gib(needed)} for one state vector and its "
            f"work space, {gib(memory_bytes)} may be used",
            remedy.format(most=most),
        )


def gib(n_bytes: int) -> str:
    """In words; of a thousand qubits it is a number no float holds."""
    size = Decimal(n_bytes) / 2**30
    return f"{size:,.2f} GiB" if size < 10**6 else f"{size:.0e} GiB"
