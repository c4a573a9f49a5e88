"""What every searcher of a finite space is: a pure function of its seed and of what it was told."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qml_core.errors import SpecError
from qml_core.optimisation.space import Codes, Space


@dataclass(frozen=True)
class Spent:
    """By a searcher itself so far, trials apart: evaluations of the QAOA objective, and readouts of
    a tuned circuit."""

    evaluations: int = 0
    readouts: int = 0


class Searcher(Protocol):
    """Proposes configurations and is told their losses; losses are minimised.

    Proposals depend on the seed and on what was told only, not on how often it was asked: a
    searcher rebuilt from the same history asks the same, and asked twice it repeats itself.
    """

    def ask(self, count: int) -> Codes:
        """Distinct configurations (≤ count, v), none told before; fewer only if none are left."""
        ...

    def tell(self, codes: Codes, losses: ArrayLike) -> None:
        """Losses (m,) of codes (m, v); a loss that is NaN or infinite is a failed trial."""
        ...

    @property
    def spent(self) -> Spent:
        """Zero unless it runs circuits."""
        ...


LARGEST = 1e100
"""Magnitude of a loss in a history: larger ones count as this, so that their squares are finite."""


@dataclass(frozen=True)
class History:
    """Everything told: codes (m, v) in order, losses (m,) with NaN for failed trials."""

    codes: Codes
    losses: NDArray[np.float64]

    @classmethod
    def empty(cls, space: Space) -> Self:
        """Of a searcher that was told nothing."""
        return cls(np.zeros((0, len(space.sizes)), np.int64), np.zeros(0))

    def __len__(self) -> int:
        return len(self.losses)

    def then(self, space: Space, codes: Codes, losses: ArrayLike) -> "History":
        """With more told; raises SpecError for codes outside the space or losses of others."""
        told, values = np.asarray(codes, np.int64), np.asarray(losses, np.float64)
        if values.shape != told.shape[:1]:
            raise SpecError(
                f"told {len(told)} configurations and losses of the shape {values.shape}",
                "tell one loss per configuration, NaN where it failed",
            )
        values = np.where(np.isfinite(values), np.clip(values, -LARGEST, LARGEST), np.nan)
        both = np.concatenate([self.codes, space.checked(told)])
        return History(both, np.concatenate([self.losses, values]))


Propose = Callable[[History, int], Codes]
"""Between 1 and as many configurations as are left, from what was told."""


class AskTell:
    """The searcher of a rule that proposes from a history."""

    def __init__(self, space: Space, propose: Propose) -> None:
        self._space = space
        self._propose = propose
        self._history = History.empty(space)
        self._seen: set[int] = set()
        self._spent = Spent()

    @property
    def spent(self) -> Spent:
        """Zero unless the rule runs circuits."""
        return self._spent

    def ask(self, count: int) -> Codes:
        """Distinct configurations (≤ count, v), none told before; fewer only if none are left."""
        left = self._space.size - len(self._seen)
        if min(count, left) < 1:
            return History.empty(self._space).codes
        return self._propose(self._history, min(count, left))

    def tell(self, codes: Codes, losses: ArrayLike) -> None:
        """Losses (m,) of codes (m, v); a loss that is NaN or infinite is a failed trial."""
        told = len(self._history)
        self._history = self._history.then(self._space, codes, losses)
        self._seen |= set(self._space.flat(self._history.codes[told:]).tolist())


def generator(seed: int, purpose: str, told: int = 0) -> np.random.Generator:
    """The generator of one purpose after `told` trials."""
    return np.random.default_rng([seed, told, *purpose.encode()])


def unseen(space: Space, codes: Codes, told: Codes) -> Codes:
    """The rows of codes (m, v) that are not in told, in order."""
    return codes[~np.isin(space.flat(codes), space.flat(told))]
