"""What a job asks that an IonQ backend cannot do, all found at once. Pure.

Limits of the service as of its OpenAPI document of 2026-09-02: 150,000 gates in one job. Any two
ions can be joined by a gate.
"""

from collections.abc import Sequence

from qml_core.hardware.backends.ionq_circuits import GateSet, encode
from qml_core.hardware.protocol import Circuit, Violation
from qml_core.hardware.validation import DeviceLimits, validate

MOST_GATES = 150_000


def violations(
    circuits: Sequence[Circuit], shots: int, limits: DeviceLimits, gateset: GateSet
) -> tuple[Violation, ...]:
    """All of them; the gates of the job are counted only where every circuit can be encoded."""

    def check(checked: Sequence[Circuit]) -> Sequence[Circuit]:
        for circuit in checked:
            encode(circuit, gateset)
        return checked

    found = validate(circuits, shots, limits, check)
    if {each.rule for each in found} & {"qubits", "angles", "gates"}:
        return found
    gates = sum(len(encode(circuit, gateset)) for circuit in circuits)
    if gates <= MOST_GATES:
        return found
    return (*found, Violation("gates", f"{gates} in one job, at most {MOST_GATES}"))
