"""What states a kernel needs: one of all qubits, or small ones where no gate joins the qubits."""

from qml_core.encoding_names import qubits_needed
from qml_core.specs import BackendSpec, KernelSpec

_WORTH_KNOWING = 12
"""Qubits up to which one state of all is cheap enough to count on without looking."""

_COUNTABLE = 1000
"""Qubits up to which a float holds the number of amplitudes; no machine holds as many."""

Parts = tuple[int, ...]
"""Qubits of each state that is simulated for a row."""


def count_qubits(kernel: KernelSpec, n_features: int) -> int:
    """Qubits of the encoding circuit for n features."""
    needed = qubits_needed(kernel.encoding.name, n_features)
    if needed is None:  # an encoding from an entry point: only it knows
        from qml_core.circuits.encodings import open_encoding

        needed = open_encoding(kernel.encoding, n_features).n_qubits
    return needed


def count_parts(kernel: KernelSpec, backend: BackendSpec, n_features: int) -> Parts:
    """Found from the circuit itself; few qubits, and PennyLane's simulators, take one state."""
    n_qubits = count_qubits(kernel, n_features)
    if n_qubits <= _WORTH_KNOWING or backend.name != "qml.batched":
        return (n_qubits,)
    import numpy as np

    from qml_core.circuits.encodings import open_encoding
    from qml_core.simulation.tape import part_qubits, record

    row = np.ones((1, n_features))
    return part_qubits(record(open_encoding(kernel.encoding, n_features), row), n_qubits)


def amplitudes(parts: Parts) -> float:
    """Of all states of a row."""
    return sum(2.0 ** min(k, _COUNTABLE) for k in parts)
