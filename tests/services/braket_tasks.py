"""Quantum tasks of the loopback Braket: states, executions on the local simulator, the bill."""

import json
import uuid
import zlib
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any
from unittest import mock

import braket_device
import numpy as np
from braket.circuits import Circuit, Gate
from braket.circuits.noise_model import GateCriteria, NoiseModel
from braket.circuits.noise_model.measure_criteria import MeasureCriteria
from braket.circuits.noises import BitFlip, Depolarizing, TwoQubitDepolarizing
from braket.devices import LocalSimulator
from braket.ir.openqasm import Program

WALK = ("CREATED", "QUEUED", "RUNNING", "COMPLETED")
ENDED = ("COMPLETED", "FAILED", "CANCELLED")
PROGRAM = "braket.ir.openqasm.program"


@dataclass
class Task:
    """One CreateQuantumTask request and how far it is."""

    request: dict[str, Any]
    arn: str
    created_at: str
    state: str = "CREATED"
    ended_at: str | None = None
    fails: bool = False

    @property
    def directory(self) -> str:
        return f"{self.request['outputS3KeyPrefix']}/{self.arn.rpartition('/')[2]}"

    @property
    def programs(self) -> list[dict[str, Any]]:
        action = json.loads(self.request["action"])
        return action.get("programs", [action])

    @property
    def is_program_set(self) -> bool:
        return "programs" in json.loads(self.request["action"])

    def description(self) -> dict[str, Any]:
        """As GetQuantumTask and SearchQuantumTasks answer."""
        request, state = self.request, self.state
        queued = state in ("CREATED", "QUEUED")
        kind = f"{PROGRAM}_set" if self.is_program_set else PROGRAM
        body = {
            "quantumTaskArn": self.arn,
            "status": state,
            "deviceArn": request["deviceArn"],
            "deviceParameters": request.get("deviceParameters", "{}"),
            "shots": request["shots"],
            "outputS3Bucket": request["outputS3Bucket"],
            "outputS3Directory": self.directory,
            "createdAt": self.created_at,
            "tags": request.get("tags", {}),
            "actionMetadata": {"actionType": kind, "executableCount": len(self.programs)},
            "queueInfo": {
                "queue": "QUANTUM_TASKS_QUEUE",
                "position": "2" if queued else "None",
                "queuePriority": "Normal",
            },
        }
        body |= {"endedAt": self.ended_at} if self.ended_at else {}
        return body | ({"failureReason": "injected: no laser"} if state == "FAILED" else {})

    def microusd(self) -> int:
        """Braket bills the requested shots of completed tasks."""
        if self.state != "COMPLETED":
            return 0
        usd = braket_device.USD_PER_TASK + self.request["shots"] * braket_device.USD_PER_SHOT
        return round(usd * 1e6)


def new_task(request: dict[str, Any]) -> Task:
    arn = f"arn:aws:braket:{braket_device.REGION}:123456789012:quantum-task/{uuid.uuid4()}"
    return Task(request, arn, now())


def now() -> str:
    """UTC, in the 24 characters that the task metadata's schema allows."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def results(task: Task, noisy: bool, failing: int) -> bytes:
    """results.json of a completed task; the same request gives the same counts."""
    seed = zlib.crc32(task.request["clientToken"].encode())
    np.random.seed(seed)  # noqa: NPY002
    generator = np.random.default_rng(seed)
    shots, programs = task.request["shots"], task.programs
    # the simulators sample from NumPy's global generator, or from one they make without a seed
    with mock.patch.object(np.random, "default_rng", return_value=generator):
        runs = [_run(program, shots // len(programs), noisy) for program in programs]
    document = _program_set(task, runs) if task.is_program_set else _gate_model(task, runs[0])
    for program in document.get("programResults", [])[:failing]:
        program["executableResults"] = [_FAILURE]
    return json.dumps(document).encode()


def _run(program: dict[str, Any], shots: int, noisy: bool) -> Any:
    if noisy:
        circuit = _NOISE.apply(Circuit.from_ir(program["source"]))
        return LocalSimulator("braket_dm").run(circuit, shots=shots).result()
    parsed = Program(source=program["source"], inputs=program.get("inputs"))
    return LocalSimulator("braket_sv").run(parsed, shots=shots).result()


def _noise_model() -> NoiseModel:
    two = (Gate.CZ, Gate.CNot, Gate.CPhaseShift, Gate.ZZ, Gate.XX, Gate.YY, Gate.Swap)
    one = (Gate.PRx, Gate.Rx, Gate.Ry, Gate.H, Gate.X, Gate.Y)
    return (
        NoiseModel()
        .add_noise(TwoQubitDepolarizing(0.01), GateCriteria(two))
        .add_noise(Depolarizing(0.001), GateCriteria(one))
        .add_noise(BitFlip(0.02), MeasureCriteria())
    )


_NOISE = _noise_model()


def _gate_model(task: Task, run: Any) -> dict[str, Any]:
    return {
        "braketSchemaHeader": _header("gate_model_task_result"),
        "measurements": run.measurements.tolist(),
        "measuredQubits": list(run.measured_qubits),
        "resultTypes": [],
        "taskMetadata": {
            "braketSchemaHeader": _header("task_metadata"),
            "id": task.arn,
            "shots": task.request["shots"],
            "deviceId": task.request["deviceArn"],
        },
        "additionalMetadata": {"action": task.programs[0]},
    }


def _program_set(task: Task, runs: list[Any]) -> dict[str, Any]:
    shots = task.request["shots"]
    return {
        "braketSchemaHeader": _header("program_set_task_result"),
        "programResults": [
            _program(program, run) for program, run in zip(task.programs, runs, strict=True)
        ],
        "taskMetadata": {
            "braketSchemaHeader": _header("program_set_task_metadata"),
            "id": task.arn,
            "deviceId": task.request["deviceArn"],
            "requestedShots": shots,
            "successfulShots": shots,
            "createdAt": task.created_at,
            "endedAt": task.ended_at,
            "programMetadata": [{"executables": [{}]} for _ in runs],
            "totalFailedExecutables": 0,
        },
    }


def _program(program: dict[str, Any], run: Any) -> dict[str, Any]:
    simulator = {"braketSchemaHeader": _header("simulator_metadata"), "executionDuration": 1}
    executable = {
        "braketSchemaHeader": _header("program_set_executable_result"),
        "inputsIndex": 0,
        "measurements": run.measurements.tolist(),
        "measuredQubits": list(run.measured_qubits),
    }
    return {
        "braketSchemaHeader": _header("program_result"),
        "source": program,
        "executableResults": [executable],
        "additionalMetadata": {"simulatorMetadata": simulator},
    }


def _header(name: str) -> dict[str, str]:
    return {"name": f"braket.task_result.{name}", "version": "1"}


_FAILURE = {
    "braketSchemaHeader": _header("program_set_executable_failure"),
    "inputsIndex": 0,
    "failureMetadata": {"failureReason": "injected", "retryable": False, "category": "DEVICE"},
}


def summary(task: Task) -> dict[str, Any]:
    """What the control's state says of a task."""
    return {
        "arn": task.arn,
        "state": task.state,
        "token": task.request["clientToken"],
        "shots": task.request["shots"],
        "executables": len(task.programs),
        "sources": [program["source"] for program in task.programs],
        "tags": task.request.get("tags", {}),
    }


def calls(log: list[tuple[str, str]]) -> dict[str, int]:
    """How often each method met each kind of path."""
    return dict(Counter(f"{method} /{path.split('/')[1]}" for method, path in log))
