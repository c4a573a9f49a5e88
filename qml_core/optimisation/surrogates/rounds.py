"""A round of a surrogate search, on either side of the solver: draws to minimise, and the batch.

The solver between them, QAOA or annealing, is the costly call; both see the same draws.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from qml_core.optimisation.problems.level_encodings import EncodedModel, encode
from qml_core.optimisation.problems.potts import PottsModel
from qml_core.optimisation.space import Codes, Space
from qml_core.optimisation.surrogates import draw
from qml_core.optimisation.surrogates.qubit_limits import encoding_of, random_block
from qml_core.specs.qaoa import QAOASpec
from qml_core.specs.search import SearchSpec

Floats = NDArray[np.float64]

SEARCHER, FILLING = "searcher", "random filling"
"""Sources of a configuration."""


@dataclass(frozen=True)
class Draw:
    """One Thompson draw: the model of all variables, and those of them that are searched.

    The others stay at the incumbent (v,), the best trial. `encoded` is what a circuit minimises.
    """

    model: PottsModel
    free: tuple[int, ...]
    incumbent: Codes
    encoded: EncodedModel
    kind: Literal["one_hot", "binary", "blocks"]
    notes: tuple[str, ...] = ()

    @property
    def restricted(self) -> PottsModel:
        """The model of the free variables."""
        return self.model.restricted(self.free, self.incumbent)

    def whole(self, codes: Codes) -> Codes:
        """(m, v) of codes (m, free): the others at the incumbent."""
        rows = np.tile(self.incumbent, (len(codes), 1))
        rows[:, self.free] = codes
        return rows


@dataclass(frozen=True)
class Found:
    """What a solver found of one draw: codes (m, v) of the whole space, energies and counts (m,).

    `infeasible` counts the samples that are no configuration, which are not in codes.
    """

    codes: Codes
    energies: Floats
    counts: NDArray[np.int64]
    infeasible: int = 0


@dataclass(frozen=True)
class Candidates:
    """A batch of distinct configurations (≤ count, v) that were never told, and where from."""

    codes: Codes
    source: tuple[str, ...]
    infeasible: int = 0
    samples: int = 0
    notes: tuple[str, ...] = field(default=())


def draws_of(
    sizes: Sequence[int],
    codes: Codes,
    losses: Floats,
    search: SearchSpec,
    rng: np.random.Generator,
    limit_qubits: int,
) -> tuple[Draw, ...]:
    """The models that a round minimises, from the trials so far.

    There are `search.surrogate.draws`, or one per trial of a batch, but no more than QAOA has
    evaluations in a round: also for the annealer, which is to see the same ones.

    Args:
        sizes: levels of each variable, (v,).
        codes, losses: trials (n, v) and (n,); NaN where one failed: left out, and noted.
    """
    encoding = encoding_of(sizes, search.surrogate, limit_qubits, search.qaoa.mixer)
    count = min(search.surrogate.draws or search.batch, search.qaoa.evaluations)
    models = draw(sizes, codes, losses, search.surrogate, rng, count)
    notes = (encoding.note, *_failures(losses))
    found = []
    for model in models:
        incumbent = _incumbent(sizes, codes, losses, rng)
        blocks = encoding.kind == "blocks"
        free = random_block(sizes, limit_qubits if blocks else sum(sizes), rng)
        part = model.restricted(free, incumbent)
        encoded = encode(part, "binary" if encoding.kind == "binary" else "one_hot")
        found.append(Draw(model, free, incumbent, encoded, encoding.kind, notes))
    return tuple(found)


def shares_of(qaoa: QAOASpec, draws: Sequence[Draw]) -> tuple[QAOASpec, ...]:
    """The QAOA of each draw of a round: evaluations shared, a mixer that its variables have."""
    shares = evaluation_shares(qaoa, len(draws))
    return tuple(
        # a block of two-level variables alone, beside others with one-hot groups
        share if draw.encoded.registers.one_hot else share.model_copy(update={"mixer": "x"})
        for share, draw in zip(shares, draws, strict=True)
    )


def evaluation_shares(qaoa: QAOASpec, draws: int) -> tuple[QAOASpec, ...]:
    """What each of a round's draws gets of its evaluations; angles start from a ramp by default.

    A share of one evaluation leaves the optimiser nothing to do.
    """
    each, more = divmod(qaoa.evaluations, draws)
    numbers = [each + (k < more) for k in range(draws)]
    return tuple(
        qaoa.model_copy(
            update={
                "evaluations": number,
                "starts": min(qaoa.starts, number),
                "angles": "ramp" if qaoa.angles == "auto" else qaoa.angles,
                "optimiser": "none" if number == 1 else qaoa.optimiser,
            }
        )
        for number in numbers
    )


def read_out(draw: Draw, bits: NDArray[np.uint8], counts: NDArray[np.int64]) -> Found:
    """Configurations of samples (m, n) with counts (m,); what is none is counted and discarded."""
    codes, feasible = draw.encoded.codes_of(bits)
    whole = draw.whole(codes[feasible])
    lost = int(counts[~feasible].sum())
    return Found(whole, draw.model.energies(whole), counts[feasible], lost)


def nothing_found(draw: Draw, shots: int) -> Found:
    """Of a draw whose samples were all infeasible."""
    none = np.zeros((0, len(draw.incumbent)), np.int64)
    return Found(none, np.zeros(0), np.zeros(0, np.int64), shots)


def choose(
    space: Space,
    found: Sequence[Found],
    told: Codes,
    count: int,
    rng: np.random.Generator,
) -> Candidates:
    """Of each draw in turn the best configuration that is new, equals in random order.

    What is missing then is drawn at random from the rest of the space, and named so; fewer only if
    nothing is left.
    """
    taken = set(space.flat(told).tolist())
    queues = [_by_energy(space, one, rng) for one in found]
    rows: list[int] = []
    while len(rows) < count and any(queues):
        for queue in queues:
            while queue and queue[-1] in taken:
                queue.pop()
            if queue and len(rows) < count:
                taken.add(queue[-1])
                rows.append(queue.pop())
    proposed = space.unflat(rows)
    excluding = np.concatenate([told, proposed])
    filling = space.random(count - len(rows), rng, excluding)
    return Candidates(
        np.concatenate([proposed, filling]),
        (SEARCHER,) * len(rows) + (FILLING,) * len(filling),
        sum(one.infeasible for one in found),
        sum(int(one.counts.sum()) + one.infeasible for one in found),
        _filled(len(filling), count),
    )


def _by_energy(space: Space, found: Found, rng: np.random.Generator) -> list[int]:
    """C-order numbers by descending energy: the best is popped first."""
    order = np.lexsort((rng.random(len(found.energies)), found.energies))
    numbers: list[int] = space.flat(found.codes[order[::-1]]).tolist()
    return numbers


def _filled(filling: int, count: int) -> tuple[str, ...]:
    if not filling:
        return ()
    return (f"{filling} of {count} configurations are drawn at random: too few samples were new",)


def _incumbent(
    sizes: Sequence[int], codes: Codes, losses: Floats, rng: np.random.Generator
) -> Codes:
    """(v,) the first of the best trials, or a random configuration where none succeeded."""
    if np.isfinite(losses).any():
        best: Codes = codes[int(np.argmin(np.where(np.isfinite(losses), losses, np.inf)))]
        return best
    return rng.integers(0, np.asarray(sizes))


def _failures(losses: Floats) -> tuple[str, ...]:
    failed = int((~np.isfinite(losses)).sum())
    if not failed:
        return ()
    return (f"{failed} of {len(losses)} trials failed and are left out of the surrogate",)
