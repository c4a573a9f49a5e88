"""What GetDevice of the loopback Braket says: a small IQM QPU, as the SDK's schemas demand it."""

import json
from typing import Any

ARN = "arn:aws:braket:eu-north-1::device/qpu/iqm/Garnet"
REGION = "eu-north-1"
USD_PER_TASK = 0.30
USD_PER_SHOT = 0.00145

# a ladder of two rows; labels start at 1, as IQM's do
QUBITS = range(1, 9)
EDGES = ((1, 2), (2, 3), (3, 4), (1, 5), (2, 6), (3, 7), (4, 8), (5, 6), (6, 7), (7, 8))

PRICES = f'''"FormatVersion","v1.0"
"Disclaimer","loopback"
"Publication Date","2026-01-01"
"Version","1"
"OfferCode","AmazonBraket"
"SKU","Product Family","Region Code","DeviceName","Device Name","PricePerUnit","Currency","Unit"
"a","Quantum Task","{REGION}","Garnet","","{USD_PER_TASK:.5f}","USD","Task"
"b","Quantum Task-Shot","{REGION}","Garnet","","{USD_PER_SHOT:.5f}","USD","Shot"
'''

_GATES = [
    *("ccnot", "cnot", "cphaseshift", "cswap", "cv", "cy", "cz", "ecr", "h", "i", "iswap"),
    *("phaseshift", "prx", "pswap", "rx", "ry", "rz", "s", "si", "swap", "t", "ti", "v", "vi"),
    *("x", "xx", "xy", "y", "yy", "z", "zz"),
]


def answer(status: str, updated_at: str, program_set: bool, verbatim: bool) -> dict[str, Any]:
    """The body of GetDevice."""
    queues = [
        {"queue": "QUANTUM_TASKS_QUEUE", "queueSize": "3", "queuePriority": "Normal"},
        {"queue": "QUANTUM_TASKS_QUEUE", "queueSize": "1", "queuePriority": "Priority"},
        {"queue": "JOBS_QUEUE", "queueSize": "0"},
    ]
    return {
        "deviceArn": ARN,
        "deviceName": "Garnet",
        "providerName": "IQM",
        "deviceType": "QPU",
        "deviceStatus": status,
        "deviceCapabilities": json.dumps(capabilities(updated_at, program_set, verbatim)),
        "deviceQueueInfo": queues,
    }


def capabilities(updated_at: str, program_set: bool = True, verbatim: bool = True) -> Any:
    """IqmDeviceCapabilities as JSON."""
    return {
        "braketSchemaHeader": _header("iqm.iqm_device_capabilities"),
        "action": _actions(program_set, verbatim),
        "deviceParameters": {},
        "paradigm": {
            "braketSchemaHeader": _header("gate_model_qpu_paradigm_properties"),
            "connectivity": {"connectivityGraph": _graph(), "fullyConnected": False},
            "nativeGateSet": ["cz", "prx"],
            "qubitCount": len(QUBITS),
        },
        "service": {
            "braketSchemaHeader": _header("device_service_properties"),
            "executionWindows": [
                {
                    "executionDay": "Everyday",
                    "windowStartHour": "00:00",
                    "windowEndHour": "23:59:59",
                }
            ],
            "shotsRange": [1, 20_000],
            "updatedAt": updated_at,
            "deviceCost": {"price": USD_PER_SHOT, "unit": "shot"},
            "deviceLocation": "Helsinki, Finland",
        },
        "standardized": {
            "braketSchemaHeader": _header("standardized_gate_model_qpu_device_properties"),
            "oneQubitProperties": {str(label): _one_qubit(label) for label in QUBITS},
            "twoQubitProperties": {f"{a}-{b}": _two_qubits(a, b) for a, b in EDGES},
        },
    }


def _actions(program_set: bool, verbatim: bool) -> dict[str, Any]:
    program, programs = "braket.ir.openqasm.program", "braket.ir.openqasm.program_set"
    probability = {"name": "Probability", "observables": None, "minShots": 1, "maxShots": 20_000}
    actions: dict[str, Any] = {
        program: {
            "actionType": program,
            "version": ["1"],
            "supportedOperations": _GATES,
            "supportedPragmas": ["verbatim"] if verbatim else [],
            "supportedResultTypes": [probability],
            "supportPhysicalQubits": True,
        }
    }
    if program_set:
        actions[programs] = {
            "actionType": programs,
            "version": ["1"],
            "maximumExecutables": 100,
            "maximumTotalShots": 200_000,
        }
    return actions


def _graph() -> dict[str, list[str]]:
    return {str(a): [str(y) for x, y in EDGES if x == a] for a in QUBITS}


def _one_qubit(label: int) -> dict[str, Any]:
    """T1 of 20 µs + the label, T2 of 8 µs, 1 − F of 0.001 × the label, readout 0.98."""
    fidelities = {
        "SIMULTANEOUS_RANDOMIZED_BENCHMARKING": 1 - 0.001 * label,
        "READOUT": 0.98,
    }
    return {
        "T1": {"value": (20 + label) * 1e-6, "standardError": None, "unit": "S"},
        "T2": {"value": 8e-6, "standardError": None, "unit": "S"},
        "oneQubitFidelity": [
            {"fidelityType": {"name": name}, "fidelity": value, "standardError": None}
            for name, value in fidelities.items()
        ],
    }


def _two_qubits(a: int, b: int) -> dict[str, Any]:
    fidelity = {
        "direction": None,
        "gateName": "CZ",
        "fidelity": 1 - 0.001 * (a + b),
        "standardError": 0.0009,
        "fidelityType": {"name": "RANDOMIZED_BENCHMARKING"},
    }
    return {"twoQubitGateFidelity": [fidelity]}


def _header(name: str) -> dict[str, str]:
    return {"name": f"braket.device_schema.{name}", "version": "1"}
