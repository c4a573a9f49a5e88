"""What a report page says of a hyper-parameter search."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import SpecError
from qml_core.references import Interval, Proposal, Rung, Trial
from qml_core.specs.space import Value

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SurrogatePicture:
    """A pairwise model over the levels of the variables, losses minimised; arrays of a PottsModel.

    Args:
        kind: sparse_bayes or factorisation_machine.
        fields: of variable i, (k_i,).
        couplings: of variables i < j, (k_i, k_j); a pair without one is uncoupled.
        encoding: how variables became qubits: one_hot, binary or blocks.
        n_qubits: of the circuit; 0: no circuit, the model was annealed.
        which: which draw is shown, e.g. "a Thompson draw of round 8".
        note: why this encoding, one sentence.

    Raises:
        SpecError: a coupling that does not fit its fields.
    """

    kind: str
    fields: tuple[FloatArray, ...]
    couplings: Mapping[tuple[int, int], FloatArray]
    encoding: str = ""
    n_qubits: int = 0
    which: str = "the last draw"
    note: str = ""

    def __post_init__(self) -> None:
        for (i, j), found in self.couplings.items():
            inside = 0 <= i < j < len(self.fields)
            wanted = (len(self.fields[i]), len(self.fields[j])) if inside else None
            if found.shape != wanted:
                raise SpecError(
                    f"coupling of variables {i} and {j} asked, found shape {found.shape}, "
                    f"expected {wanted} of {len(self.fields)} variables",
                    "pass couplings of i < j, a row per level of i and a column per level of j",
                )

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple(len(found) for found in self.fields)


@dataclass(frozen=True)
class SearcherCosts:
    """What the searcher itself took, its trials apart. `seconds`: of its own computations;
    `usd`: at most."""

    samples: int = 0
    infeasible: int = 0
    evaluations: int = 0
    circuits: int = 0
    usd: float = 0.0
    seconds: float = 0.0
    filled: int = 0

    @classmethod
    def of(cls, proposals: Iterable[Proposal]) -> "SearcherCosts":
        """Of all rounds; `filled`: proposals drawn at random, for want of the searcher's."""
        rounds = tuple(proposals)
        return cls(
            samples=sum(p.samples for p in rounds),
            infeasible=sum(p.infeasible for p in rounds),
            evaluations=sum(p.evaluations for p in rounds),
            circuits=sum(p.circuits for p in rounds),
            usd=sum(p.usd for p in rounds),
            seconds=sum(p.seconds for p in rounds),
            filled=sum(source.startswith("random") for p in rounds for source in p.source),
        )


@dataclass(frozen=True, eq=False)
class SearchSection:
    """One search.

    Args:
        searcher: qaoa, anneal, random, grid, tpe, gp or exhaustive.
        objective: what a trial evaluates, e.g. "accuracy of 5 folds"; names the value axes.
        maximised: whether larger values are better.
        names: of the variables; `levels`: of each, in the order of its codes.
        trials: of all rungs, any order.
        design: trials at the start, drawn at random before the searcher was asked.
        best: of the last rung; None: every trial failed.
        optimum: best value of the whole space, where all of it was evaluated.
        held_out: of the best configuration on rows that no trial has seen.
        importance: name -> share of the variance (qml_core.evaluation.importance).
        surrogate: of qaoa and anneal; `searcher_costs`: its own.
        rungs: of successive halving, the search first; empty or one: nothing was promoted.

    Raises:
        SpecError: names and levels of different lengths, or a trial whose codes do not fit them.
    """

    searcher: str
    objective: str
    maximised: bool
    names: tuple[str, ...]
    levels: tuple[tuple[Value, ...], ...]
    trials: tuple[Trial, ...]
    design: int = 0
    best: Trial | None = None
    optimum: float | None = None
    held_out: Interval | None = None
    importance: Mapping[str, float] = field(default_factory=dict)
    surrogate: SurrogatePicture | None = None
    searcher_costs: SearcherCosts = SearcherCosts()
    rungs: tuple[Rung, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        sizes = self.sizes
        if len(self.names) != len(sizes) or not sizes:
            raise SpecError(
                f"search over {len(self.names)} names asked, found levels of {len(sizes)}, at "
                "least 1 and as many",
                "pass one tuple of levels per name",
            )
        for trial in self.trials:
            fits = len(trial.codes) == len(sizes) and all(
                0 <= c < k for c, k in zip(trial.codes, sizes, strict=True)
            )
            if not fits:
                raise SpecError(
                    f"trial {trial.number} asked, found codes {trial.codes}, levels {sizes}",
                    "pass level numbers of the search's own space",
                )

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple(len(found) for found in self.levels)

    @property
    def size(self) -> int:
        """Configurations of the space."""
        return int(np.prod([float(k) for k in self.sizes]))

    @cached_property
    def searched(self) -> tuple[Trial, ...]:
        """Trials of the search itself, by number; promotions are left out."""
        return tuple(sorted((t for t in self.trials if t.rung == 0), key=lambda t: t.number))

    @cached_property
    def finished(self) -> tuple[Trial, ...]:
        return tuple(t for t in self.searched if t.value is not None)

    @property
    def failed(self) -> tuple[Trial, ...]:
        """Of all rungs."""
        return tuple(t for t in self.trials if t.value is None)

    def top(self, count: int) -> tuple[Trial, ...]:
        """The best trials of the search, earlier ones first among equals."""
        sign = -1.0 if self.maximised else 1.0
        return tuple(sorted(self.finished, key=lambda t: (sign * (t.value or 0.0), t.number)))[
            :count
        ]

    def values_of(self, trial: Trial) -> tuple[Value, ...]:
        """Levels of its configuration, in the order of `names`."""
        return tuple(found[c] for found, c in zip(self.levels, trial.codes, strict=True))

    @property
    def usd(self) -> float:
        """Of the trials."""
        return sum(t.usd for t in self.trials)

    @property
    def seconds(self) -> float:
        """Of the trials, as if one ran after another."""
        return sum(t.seconds for t in self.trials)

    @property
    def circuits(self) -> int:
        """Of the trials."""
        return sum(t.circuits for t in self.trials)

    @property
    def reused(self) -> int:
        return sum(t.reused for t in self.trials)
