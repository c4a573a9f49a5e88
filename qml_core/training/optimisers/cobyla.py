"""COBYLA of scipy, asked for points and told their losses."""

import queue
import threading
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import optimize

from qml_core.training.objective import Objective
from qml_core.training.optimisers._optimiser import Step
from qml_core.training.state import OptimiserState

Array = NDArray[np.float64]
_EVALUATIONS = 1_000_000
_SMALLEST_RADIUS = 1e-6
_WAIT_S = 5.0


class _Stopped(Exception):
    """Ends scipy's search from within."""


@dataclass(eq=False)
class _Search:
    """scipy's loop in a thread of its own, which only proposes points."""

    start: Array
    radius: float
    _points: queue.Queue[Array | Exception | None] = field(default_factory=queue.Queue)
    _losses: queue.Queue[float | None] = field(default_factory=queue.Queue)

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._run, name="cobyla", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            optimize.minimize(
                self._loss_at,
                self.start,
                method="COBYLA",
                tol=min(_SMALLEST_RADIUS, self.radius / 2),
                options={"rhobeg": self.radius, "maxiter": _EVALUATIONS},
            )
            self._points.put(None)
        except _Stopped:
            pass
        except Exception as error:
            self._points.put(error)

    def _loss_at(self, point: Array) -> float:
        self._points.put(np.array(point))
        loss = self._losses.get()
        if loss is None:
            raise _Stopped
        return loss

    def ask(self) -> Array | None:
        """The next point; None: the search has converged."""
        point = self._points.get()
        if point is None or isinstance(point, Exception):
            self._points.put(point)  # for whoever asks again
        if isinstance(point, Exception):
            raise point
        return point

    def tell(self, loss: float) -> None:
        self._losses.put(loss)

    def close(self) -> None:
        self._losses.put(None)
        self._thread.join(_WAIT_S)


class COBYLA:
    """One loss of all rows a step (Powell 1994); the network keeps the best point so far.

    The search is deterministic: its state is where it began and the losses it was told, which are
    told again when it is loaded.
    """

    def __init__(self) -> None:
        self._search: _Search | None = None
        self._start: Array | None = None
        self._radius = 0.0
        self._losses: list[float] = []
        self._point: Array | None = None

    def step(self, objective: Objective, learning_rate: float) -> Step:
        if self._start is None:
            self._start, self._radius = objective.entries.vector(), learning_rate
        search = self._opened()
        if self._point is None:
            self._point = search.ask()
        if self._point is None:
            found = objective.value(part=self._part(objective))
            radius = f"{_SMALLEST_RADIUS:g} radians"
            return Step(found.loss, found.outputs, converged=f"cobyla's radius came to {radius}")
        found = objective.value(self._point, self._part(objective))
        if not self._losses or found.loss < min(self._losses):
            objective.entries.assign(self._point)
        self._losses.append(found.loss)
        search.tell(found.loss)
        self._point = None
        return Step(found.loss, found.outputs)

    def state(self) -> OptimiserState:
        if self._start is None:
            return OptimiserState()
        return OptimiserState(
            tensors={
                "start": torch.from_numpy(self._start.copy()),
                "losses": torch.tensor(self._losses, dtype=torch.float64),
            },
            numbers={"radius": self._radius},
        )

    def load(self, state: OptimiserState) -> None:
        self.close()
        self._search, self._start, self._point, self._losses = None, None, None, []
        if state.tensors:
            self._start = state.tensors["start"].numpy().copy()
            self._losses = [float(loss) for loss in state.tensors["losses"]]
            self._radius = float(state.numbers["radius"])

    def close(self) -> None:
        if self._search is not None:
            self._search.close()
            self._search = None

    def _opened(self) -> _Search:
        if self._search is None:
            assert self._start is not None
            self._search = _Search(self._start, self._radius)
            for loss in self._losses:
                if self._search.ask() is not None:
                    self._search.tell(loss)
        return self._search

    @staticmethod
    def _part(objective: Objective) -> str:
        return f"epoch {objective.position.epoch} evaluation"
