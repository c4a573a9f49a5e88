"""One training under way: its steps, its epochs, and its state at any moment between two steps."""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray

from qml_core.errors import TrainingDiverged
from qml_core.specs.training import FULL_BATCH, TrainingSpec
from qml_core.training.data import TrainingData, batch_size
from qml_core.training.losses import Task, agreement, open_loss, score
from qml_core.training.objective import REMEDY, Objective, Position, TrainedEntries
from qml_core.training.optimisers import Optimiser, open_optimiser
from qml_core.training.optimisers.rotosolve import check_rotosolve
from qml_core.training.phases import phase_at
from qml_core.training.plateau import sits_on_plateau
from qml_core.training.schedules import learning_rate
from qml_core.training.state import EpochRecord, OptimiserState, TrainingState
from qml_core.training.statistics import EpochSums, gradient_statistics, live_entries
from qml_core.training.stopping import chosen, why_stop
from qml_core.training.trainable import Trainable, load_parameters, parameters_of

NO_ROWS: NDArray[np.int64] = np.empty(0, dtype=np.int64)


class TrainingRun:
    """A training that stands between two steps; see loop.train for the arguments."""

    def __init__(
        self,
        network: Trainable,
        data: TrainingData,
        spec: TrainingSpec,
        task: Task,
        seed: int,
        state: TrainingState | None,
        clock: Callable[[], float],
        spent: Callable[[], tuple[int, float]],
    ) -> None:
        self._network, self._spec, self._task = network, spec, task
        self._clock, self._spent = clock, spent
        self._batch = batch_size(spec, data.n_rows)
        self._x, self._y = data.training_rows()
        self._validation = data.validation_rows()
        self._loss = open_loss(spec, task, self._y)
        self._bits = np.random.PCG64([seed, 1])  # 1: apart from what else is drawn by the seed
        self._generator = np.random.Generator(self._bits)
        self._start(state or _beginning(network, self._bits))

    def _start(self, state: TrainingState) -> None:
        load_parameters(self._network, state.parameters)
        self._bits.state = cast(Any, dict(state.generator))
        self.epoch, self.step, self.finished = state.epoch, state.step, state.finished
        self._order, self._best, self._history = state.order, state.best, list(state.history)
        self._enter_phase(max(1, state.epoch + (state.step > 0)))
        if state.epoch or state.step:
            self._optimiser.load(state.optimiser)
        self._sums = EpochSums.of_json(state.sums) if state.step else EpochSums(self._theta())
        self._mark = self._meters()

    def _enter_phase(self, epoch: int) -> None:
        """The phase of an epoch, with an optimiser that remembers nothing."""
        self._phase = phase_at(self._spec, self._network.circuit.layers, epoch)
        self._network.set_phase(self._phase.active_layers, self._phase.first_trained)
        self._entries = TrainedEntries(self._network)
        self._live = live_entries(self._network, self._phase.active_layers)
        if self._spec.optimiser == "rotosolve":
            check_rotosolve(self._network, self._loss.name)
        self._optimiser: Optimiser = open_optimiser(self._spec, self._entries)

    def steps(self) -> Iterator[int]:
        """Take the steps that the epoch still needs; between two of them it may be left."""
        if self.step == 0:
            self._begin_epoch()
        rate = learning_rate(self._spec, self.epoch + 1)
        count = -(-len(self._x) // self._batch)
        while self.step < count:
            self._take_step(rate)
            if self.step < count:
                yield self.step

    def _begin_epoch(self) -> None:
        if self.epoch and self.epoch == self._phase.last_epoch:
            self._optimiser.close()
            self._enter_phase(self.epoch + 1)
            self._best = None  # the losses of fewer layers are another model's
        self._order = np.arange(len(self._x))
        if self._spec.optimiser not in FULL_BATCH:  # their losses must not differ by rounding
            self._order = self._generator.permutation(len(self._x))
        self._sums, self._mark = EpochSums(self._theta()), self._meters()

    def _take_step(self, rate: float) -> None:
        begin = self.step * self._batch
        rows = torch.from_numpy(self._order[begin : begin + self._batch])
        objective = Objective(
            self._network,
            self._entries,
            self._loss,
            self._x[rows],
            self._y[rows],
            Position(self.epoch + 1, self.step + 1),
            self._generator,
            self._spec.perturbation if self._spec.gradient == "spsa" else None,
        )
        seen = self._optimiser.step(objective, rate)
        self._sums.add(seen, self._task, objective.y)
        if self._phase.last_epoch is None:  # phases that grow the circuit are never cut short
            self.finished = seen.converged
        self.step += 1

    def end_epoch(self) -> EpochRecord:
        """Validate, remember the best epoch, and write the row of the history."""
        self.epoch, self.step, self._order = self.epoch + 1, 0, NO_ROWS
        record = self._record(*self._validated())
        self._history.append(record)
        if sits_on_plateau(self._history, self._loss.trivial):
            record = self._history[-1] = replace(record, plateau=True)
        validated = self._validation is not None
        self._best = chosen(self._best, record, validated, lambda: parameters_of(self._network))
        self.finished = self.finished or why_stop(self._spec, self._phase, self._best, self.epoch)
        return record

    def _validated(self) -> tuple[float, float]:
        if self._validation is None:
            return math.nan, math.nan
        x, y = self._validation
        with torch.no_grad():
            outputs = self._network(x, f"epoch {self.epoch} validation")
            loss = float(self._loss.mean(outputs, y))
        if not math.isfinite(loss):
            raise TrainingDiverged(
                f"the validation loss is {loss} after epoch {self.epoch}, training needs finite "
                "numbers",
                REMEDY,
            )
        return loss, score(self._task, agreement(self._task, outputs, y), y)

    def _record(self, validation_loss: float, validation_score: float) -> EpochRecord:
        sums, circuit = self._metered(), self._network.circuit
        gradient = gradient_statistics(sums, self._live, circuit.layer_of, circuit.layers)
        return EpochRecord(
            epoch=self.epoch,
            active_layers=self._phase.active_layers,
            loss=sums.loss / sums.rows,
            score=score(self._task, sums.agreed, self._y),
            validation_loss=validation_loss,
            validation_score=validation_score,
            learning_rate=learning_rate(self._spec, self.epoch),
            gradient_norm=gradient.norm,
            gradient_variance=gradient.variance,
            layer_norms=gradient.layer_norms,
            layer_variances=gradient.layer_variances,
            signal_to_noise=gradient.signal_to_noise,
            movement=float(np.linalg.norm(self._theta() - sums.theta)),
            seconds=sums.seconds,
            circuits=sums.circuits,
            usd=sums.usd,
        )

    def snapshot(self) -> TrainingState:
        """All that the next step depends on, copied."""
        return TrainingState(
            epoch=self.epoch,
            step=self.step,
            parameters=parameters_of(self._network),
            optimiser=self._optimiser.state(),
            generator=self._bits.state,
            order=self._order,
            best=self._best,
            history=tuple(self._history),
            sums=self._metered().as_json() if self.step else {},
            finished=self.finished,
        )

    def close(self) -> None:
        self._optimiser.close()

    def _theta(self) -> NDArray[np.float64]:
        return self._network.theta.detach().numpy(force=True).astype(np.float64)

    def _meters(self) -> tuple[float, int, float]:
        return self._clock(), *self._spent()

    def _metered(self) -> EpochSums:
        """The sums with what was used since the epoch, or this call, began."""
        now, sums = self._meters(), self._sums
        seconds, circuits, usd = (a - b for a, b in zip(now, self._mark, strict=True))
        return replace(
            sums,
            seconds=sums.seconds + seconds,
            circuits=sums.circuits + int(circuits),
            usd=sums.usd + usd,
        )


def _beginning(network: Trainable, bits: np.random.PCG64) -> TrainingState:
    """The state before the first step."""
    return TrainingState(0, 0, parameters_of(network), OptimiserState(), bits.state, NO_ROWS)
