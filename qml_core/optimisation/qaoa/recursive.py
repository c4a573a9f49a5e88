"""Recursive QAOA (Bravyi, Kliesch, Koenig, Tang 2020, arXiv:1910.08980).

Each round tunes the angles, fixes the strongest correlation and goes on with one variable less;
what is left is solved by brute force.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import SpecError
from qml_core.optimisation.problems.extremes import Extremes, extremes
from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.problems.registers import Bits
from qml_core.optimisation.problems.substitution import Substitution, strongest
from qml_core.optimisation.qaoa.evaluators import Evaluator, ExactEvaluator
from qml_core.optimisation.qaoa.objectives import open_objective
from qml_core.optimisation.qaoa.readout import QAOAResult, approximation_ratio, read_out
from qml_core.optimisation.qaoa.samples import Samples
from qml_core.optimisation.qaoa.scales import phase_scale
from qml_core.optimisation.qaoa.tuning import Tuned, tune
from qml_core.specs import QAOASpec

Array = NDArray[np.float64]
OpenRound = Callable[[Ising, str], Evaluator]
"""From the problem of a round and the prefix of its parts."""


@dataclass(frozen=True, eq=False)
class _Round:
    tuned: Tuned
    evaluator: Evaluator
    samples: Samples | None


def recursive_qaoa(
    ising: Ising,
    spec: QAOASpec,
    open_round: OpenRound,
    known: Extremes | None,
    rng: np.random.Generator,
) -> QAOAResult:
    """The result of the first round, with the best bits of the recursion and of its samples.

    Evaluations are limited over all rounds together; a round that none is left for keeps the
    angles of the round before, gammas in proportion to the size of the coefficients.
    """
    left = spec.recursive
    assert left is not None
    count = max(1, ising.n_qubits - left)
    problem, fixed, start, used = ising, list[Substitution](), None, 0
    rounds: list[_Round] = []
    for number in range(1, count + 1):
        prefix = f"round {number} "
        evaluator = open_round(problem, prefix)
        limit = (spec.evaluations - used) // (count + 1 - number)
        tuned = tune(spec, problem, None, evaluator, rng, limit=limit, start=start, prefix=prefix)
        used += len(tuned.history)
        done = _read(spec, tuned, evaluator, prefix, first=number == 1)
        rounds.append(done)
        if problem.n_qubits > left:
            fixed.append(strongest(*_correlations(done), problem.even))
            problem = fixed[-1].apply(problem)
            start = _carried(tuned, problem)
    return _result(ising, spec, rounds, _lifted(problem, fixed), known)


def correlations_of(samples: Samples) -> tuple[Array, Array]:
    """⟨Z_i⟩ (n,) and ⟨Z_i Z_j⟩ (n, n) of samples."""
    spins = 1.0 - 2.0 * samples.bits
    shares = samples.counts / samples.counts.sum()
    return shares @ spins, (spins * shares[:, None]).T @ spins


def _carried(tuned: Tuned, problem: Ising) -> Array:
    units = replace(tuned.units, gamma=1 / phase_scale(problem))
    return units.radians(tuned.units.of_radians(tuned.angles))


def _read(
    spec: QAOASpec, tuned: Tuned, evaluator: Evaluator, prefix: str, *, first: bool
) -> _Round:
    """Samples, where the correlations or the result need them."""
    if isinstance(evaluator, ExactEvaluator) and not first:
        return _Round(tuned, evaluator, None)
    samples = evaluator.samples(tuned.angles, spec.samples, f"{prefix}readout")
    return _Round(tuned, evaluator, samples)


def _correlations(done: _Round) -> tuple[Array, Array]:
    if isinstance(done.evaluator, ExactEvaluator):
        return done.evaluator.correlations(done.tuned.angles)
    assert done.samples is not None
    return correlations_of(done.samples)


def _lifted(problem: Ising, fixed: list[Substitution]) -> Bits:
    """Bits (n,) of the whole problem, from the optimum of what is left."""
    rest = extremes(problem)
    if rest is None:
        raise SpecError(
            f"brute force of the last {problem.n_qubits} qubits asked, the limit is 24",
            "use a smaller value of recursive",
        )
    bits = rest.bits
    for substitution in reversed(fixed):
        bits = substitution.lift(bits)
    return bits


def _result(
    ising: Ising, spec: QAOASpec, rounds: list[_Round], bits: Bits, known: Extremes | None
) -> QAOAResult:
    first = rounds[0]
    assert first.samples is not None
    objective = open_objective(spec, ising)
    found = read_out(ising, None, first.tuned, first.evaluator, objective, first.samples, known)
    energy = float(ising.energies(bits[None])[0])
    better = energy <= found.best_energy
    rest = min(spec.recursive or 0, ising.n_qubits)
    source = "the recursion" if better else "a sample of the first round"
    return replace(
        found,
        evaluations=sum(len(done.tuned.history) for done in rounds),
        history=np.concatenate([done.tuned.history for done in rounds]),
        best_bits=bits if better else found.best_bits,
        best_energy=energy if better else found.best_energy,
        best_approximation=approximation_ratio(min(energy, found.best_energy), known),
        notes=(
            *found.notes,
            f"{len(rounds)} rounds, the last {rest} variables by brute force; best from {source}",
        ),
    )
