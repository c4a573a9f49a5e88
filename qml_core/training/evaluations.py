"""What a training evaluates, in its order: parts by name, each of some circuits. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from qml_core.circuits.bases import n_bases
from qml_core.circuits.readout import Readout
from qml_core.circuits.variational import VariationalCircuit
from qml_core.specs.training import TrainingSpec
from qml_core.training.data import batch_size
from qml_core.training.gradients.occurrences import occurrences
from qml_core.training.gradients.shift import ShiftRule
from qml_core.training.metric import metric_blocks
from qml_core.training.phases import Phase, phase_at, phases


def held_out_part(best_epoch: int) -> str:
    """Part of the held-out rows: by the parameters of another epoch it is another job."""
    return f"test of epoch {best_epoch}"


@dataclass(frozen=True)
class Rows:
    """How many rows train, validate, and are held out."""

    train: int
    validation: int
    test: int


@dataclass(frozen=True)
class Evaluation:
    """Circuits that are evaluated together, those of the bases counted one by one."""

    part: str
    epoch: int
    """Counted from 1; the held-out rows come after the last."""
    step: int
    """Counted from 1; validation comes after the last."""
    circuits: int
    rows: int


@dataclass(frozen=True)
class Evaluations:
    """All that a training evaluates.

    Attributes:
        encoded: whether a classical encoder before the circuit is trained with it, so that features
            ask for a gradient too.
        run: whether outputs and gradients come from circuits that are run; otherwise a row is one
            circuit, which is simulated with its gradient.

    Raises:
        SpecError: a gate whose gradient no shift rule gives, or more rows in a batch than there
            are.
    """

    spec: TrainingSpec
    circuit: VariationalCircuit
    readout: Readout
    rows: Rows
    encoded: bool = False
    run: bool = True
    _counts: dict[tuple[str, int, int], int] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def after(self, epoch: int, step: int, best: int | None = None) -> Iterator[Evaluation]:
        """Those that are left when so many epochs, and steps of the next one, are done.

        Args:
            best: epoch whose parameters meet the held-out rows; none: the last one.
        """
        for number in range(epoch + 1, self.spec.epochs + 1):
            for found in self.of_epoch(number):
                if number > epoch + 1 or found.step > step:
                    yield found
        yield self._held_out(best)

    def counted(self, epoch: int = 0, step: int = 0) -> Iterator[tuple[Evaluation, int]]:
        """The same, those of alike epochs once, with their number."""
        if step and epoch < self.spec.epochs:
            for found in self.of_epoch(epoch + 1):
                if found.step > step:
                    yield found, 1
        done = epoch + (step > 0)
        for phase in phases(self.spec, self.circuit.layers):
            first = max(phase.first_epoch, done + 1)
            last = self.spec.epochs
            if phase.last_epoch is not None:
                last = min(last, phase.last_epoch)
            if first <= last:
                for found in self.of_epoch(first):
                    yield found, last - first + 1
        yield self._held_out(), 1

    def _held_out(self, best: int | None = None) -> Evaluation:
        rows, last = self.rows.test, self.spec.epochs
        part = held_out_part(last if best is None else best)
        return Evaluation(part, last + 1, 1, rows * self.groups, rows)

    def of_epoch(self, epoch: int) -> Iterator[Evaluation]:
        phase, validation = phase_at(self.spec, self.circuit.layers, epoch), self.rows.validation
        steps = self._batches
        for step, rows in enumerate(steps, start=1):
            for name, circuits in self._step(phase, step, rows):
                yield Evaluation(f"epoch {epoch} {name}", epoch, step, circuits, rows)
        if validation:
            part, circuits = f"epoch {epoch} validation", validation * self.groups
            yield Evaluation(part, epoch, len(steps) + 1, circuits, validation)

    @cached_property
    def groups(self) -> int:
        """Bases that each circuit is measured in."""
        return n_bases(self.readout) if self.run else 1

    @cached_property
    def _batches(self) -> tuple[int, ...]:
        """Rows of each step of an epoch."""
        n, size = self.rows.train, batch_size(self.spec, self.rows.train)
        return tuple(min(size, n - begin) for begin in range(0, n, size))

    def _step(self, phase: Phase, step: int, rows: int) -> Iterator[tuple[str, int]]:
        """Names and circuits."""
        optimiser, alone = self.spec.optimiser, rows * self.groups
        if optimiser == "cobyla":
            yield "evaluation", alone
        elif optimiser == "rotosolve":
            for entry in np.flatnonzero(self._trained(phase)):
                for at in ("0", "plus", "minus"):
                    yield f"parameter {entry} at {at}", alone
        elif optimiser == "spsa" or self.spec.gradient == "spsa":
            yield f"step {step} plus", alone
            yield f"step {step} minus", alone
        else:
            yield f"step {step}", alone * self._of_gradient(phase)
        if optimiser == "qng":
            yield f"step {step} metric", rows * self._of_metric(phase)

    def _trained(self, phase: Phase) -> tuple[bool, ...]:
        """(P,) of the circuit of the phase."""
        first, active = phase.first_trained, phase.active_layers
        layers = self.circuit.with_layers(active).layer_of
        return tuple(first <= max(layer, 0) for layer in layers)

    def _of_gradient(self, phase: Phase) -> int:
        """Circuits of a row and its gradient."""
        return self._remembered("gradient", phase, self._count_gradient)

    def _of_metric(self, phase: Phase) -> int:
        """Circuits of a row's metric, each run once."""
        return self._remembered("metric", phase, self._count_metric)

    def _remembered(self, kind: str, phase: Phase, count: Callable[[Phase], int]) -> int:
        if not self.run:
            return 1
        place = (kind, phase.active_layers, phase.first_trained)
        if place not in self._counts:
            self._counts[place] = count(phase)
        return self._counts[place]

    def _count_gradient(self, phase: Phase) -> int:
        circuit = self.circuit.with_layers(phase.active_layers)
        found = occurrences(circuit, self.readout, self._trained(phase), features=self.encoded)
        return ShiftRule(tuple(gate for gate in found if not gate.zero)).circuits

    def _count_metric(self, phase: Phase) -> int:
        circuit = self.circuit.with_layers(phase.active_layers)
        return len(metric_blocks(circuit, self._trained(phase)))
