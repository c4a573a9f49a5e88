"""`qml qaoa --dry-run`: what a QAOA takes, from its problem and the specs; nothing is run."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import click

from deployments.cli.layout import labelled, seconds, size
from deployments.cli.measured_forecast import MeasuredForecast, forecast_jobs
from deployments.cli.measured_text import measured_rows, with_measured
from qml_core.budget.gate import check_circuit
from qml_core.evaluation.datasets.files import read_bytes
from qml_core.optimisation.problems.problem import Problem, open_problem
from qml_core.optimisation.qaoa.algorithm import QAOA
from qml_core.optimisation.qaoa.circuits import QAOACircuit, Resources, circuit_of, resources
from qml_core.optimisation.qaoa.estimates import (
    CANARY,
    check_measurable,
    estimate,
    evaluations,
    example_angles,
    job_sizes,
)
from qml_core.references import Estimate
from qml_core.simulation.ising_diagonal import require_memory
from qml_core.specs import BackendSpec, ProblemSpec, QAOASpec, RunSpec, Spec

if TYPE_CHECKING:
    from qml_core.hardware.protocol import Circuit

_NO_MORE_THAN = "use a problem of at most {most} qubits, or give more with QML_MEMORY_BYTES"


@dataclass(frozen=True)
class Asked:
    """A problem that could be read, and what is asked of it."""

    problem: Problem
    qaoa: QAOASpec
    backend: BackendSpec

    @classmethod
    def read(
        cls, problem: ProblemSpec, qaoa: QAOASpec, backend: BackendSpec, memory_bytes: int
    ) -> "Asked":
        """Refuses what would be refused later, before anything is started.

        Raises:
            DataError, SpecError: the problem cannot be read, or not be minimised as asked.
            CircuitRefused: its state needs more memory than may be used.
        """
        check_measurable(qaoa, backend)
        asked = cls(open_problem(problem, read_bytes), qaoa, backend)
        QAOA.from_spec(qaoa, asked.problem.registers).check(asked.problem.ising)
        asked.check_memory(memory_bytes)
        return asked

    def check_memory(self, memory_bytes: int) -> None:
        """Raise CircuitRefused where states do not fit; on a QPU nothing is simulated."""
        if not self.backend.measured:
            require_memory(self.estimate.state_bytes, memory_bytes, self.resources.n_qubits)
        else:
            check_circuit(self.resources.n_qubits, self.backend, memory_bytes, _NO_MORE_THAN)

    @cached_property
    def resources(self) -> Resources:
        """Of one circuit."""
        return resources(self._circuit, self.qaoa.layers)

    @cached_property
    def estimate(self) -> Estimate:
        """Of the whole QAOA; measured ones cost what the backend says."""
        return estimate(self.problem.ising, self.problem.registers, self.qaoa, self.backend)

    def measured(self, run: RunSpec) -> MeasuredForecast | None:
        """Jobs, price and budget; none where the backend is exact."""
        backend = self.backend
        if backend.shots is None:
            return None
        sizes = self._sizes(backend.shots)
        found = forecast_jobs(sizes, CANARY, backend, run, self._example, self._sizes)
        shots = self.estimate.shots + found.canary * backend.shots
        return found.model_copy(update={"all_shots": shots})

    def _sizes(self, shots: int) -> Counter[int]:
        """Jobs with some shots of each circuit."""
        backend = self.backend.model_copy(update={"shots": shots})
        return job_sizes(self.qaoa, self.resources.n_qubits, backend)

    @cached_property
    def _circuit(self) -> QAOACircuit:
        return circuit_of(self.problem.ising, self.problem.registers, self.qaoa)

    def _example(self) -> "Circuit":
        return self._circuit(example_angles(self.qaoa))


def tell_forecast(asked: Asked, specs: Mapping[str, Spec], *, as_json: bool) -> None:
    """Print qubits, terms, circuits, seconds, bytes, gates and dollars."""
    run = specs["run"]
    assert isinstance(run, RunSpec)
    measured = asked.measured(run)
    if not as_json:
        click.echo(_table(asked, measured))
        return
    document = {
        "verb": "qaoa",
        "problem": asked.problem.name,
        "kind": asked.problem.kind,
        "backend": asked.backend.name,
        "resources": {**asdict(asked.resources), "two_qubit": asked.resources.two_qubit},
        "evaluations": _evaluations(asked),
        "estimate": asked.estimate.model_dump(),
    }
    if measured is not None:
        document = with_measured(document, measured)
    click.echo(json.dumps(document, indent=2))


def _evaluations(asked: Asked) -> int:
    """Of the objective, at most."""
    return evaluations(asked.qaoa, measured=asked.backend.measured)


def _table(asked: Asked, measured: MeasuredForecast | None) -> str:
    cost, found, qaoa = asked.estimate, asked.resources, asked.qaoa
    layers = "1 layer" if found.layers == 1 else f"{found.layers} layers"
    rows = {
        "job": f"qaoa {asked.problem.name}: {asked.problem.kind}",
        "problem": f"{found.n_qubits:,} qubits, {found.terms:,} terms, {layers}",
        "gates": f"{found.two_qubit:,} CNOTs a circuit where all qubits are joined: "
        f"{found.start:,} to start, {found.cost:,} and {found.mixer:,} a layer",
        "angles": f"{_evaluations(asked):,} evaluations at most, then {qaoa.samples:,} samples",
        "circuits": f"{cost.circuits:,} simulated on {asked.backend.name}, 0 submitted",
        "memory": f"{size(cost.state_bytes)} of state vectors at once",
        "store": f"{size(cost.stored_bytes)} before compression",
        "seconds": f"{seconds(cost.seconds)} of circuits, and 6-12 s of Prefect",
        "dollars": f"{cost.usd:.2f} USD",
    }
    if measured is not None:
        rows = measured_rows(rows, measured, asked.backend.name)
    return labelled(rows.items())
