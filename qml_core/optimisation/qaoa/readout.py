"""What the samples of a QAOA say: the best bit string, feasibility, approximation ratios."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import DataError
from qml_core.optimisation.problems.extremes import Extremes
from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.problems.registers import Bits, Registers
from qml_core.optimisation.qaoa.evaluators import Evaluator, ExactEvaluator
from qml_core.optimisation.qaoa.objectives import Objective
from qml_core.optimisation.qaoa.samples import Samples
from qml_core.optimisation.qaoa.tuning import Tuned

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class QAOAResult:
    """What a QAOA came to; energies are minimised.

    Args:
        gammas: (p,) radians; betas likewise.
        expectation: of the energy at these angles, exact, or of the feasible samples.
        objective: what was minimised; evaluations: of it.
        history: (k, 1 + 2p) objective, gammas, betas of every evaluation in order.
        best_bits: (n,) of the least feasible energy, best_energy.
        optimum: least feasible energy there is, and worst the greatest, where they are known.
        approximation: (worst − expectation)/(worst − optimum); best_approximation that of
            best_energy.
        feasibility: share of the shots whose bit string is feasible.
    """

    gammas: Array
    betas: Array
    expectation: float
    objective: float
    evaluations: int
    history: Array
    samples: Samples
    best_bits: Bits
    best_energy: float
    optimum: float | None = None
    worst: float | None = None
    approximation: float | None = None
    best_approximation: float | None = None
    feasibility: float = 1.0
    notes: tuple[str, ...] = ()


def read_out(
    ising: Ising,
    registers: Registers | None,
    tuned: Tuned,
    evaluator: Evaluator,
    objective: Objective,
    samples: Samples,
    known: Extremes | None,
) -> QAOAResult:
    """The result of one QAOA; infeasible samples count against feasibility and nowhere else.

    Raises:
        DataError: no sample is feasible.
    """
    kept = _feasible(samples, registers)
    bits, counts, energies = kept.bits, kept.counts, kept.energies(ising)
    value, expectation = tuned.objective, float(energies @ (counts / counts.sum()))
    if isinstance(evaluator, ExactEvaluator):
        expectation = evaluator.expectation(tuned.angles)
    if value is None:
        value = objective.of_samples(energies, counts)
    best = int(energies.argmin())
    lowest, highest = (known.lowest, known.highest) if known else (None, None)
    return QAOAResult(
        gammas=tuned.angles[0],
        betas=tuned.angles[1],
        expectation=expectation,
        objective=value,
        evaluations=len(tuned.history),
        history=tuned.history,
        samples=samples,
        best_bits=bits[best],
        best_energy=float(energies[best]),
        optimum=lowest,
        worst=highest,
        approximation=approximation_ratio(expectation, known),
        best_approximation=approximation_ratio(float(energies[best]), known),
        feasibility=float(counts.sum() / samples.counts.sum()),
        notes=(tuned.note,),
    )


def approximation_ratio(energy: float, known: Extremes | None) -> float | None:
    """(worst − energy)/(worst − optimum); 1 where all energies are equal, None if not known."""
    if known is None:
        return None
    width = known.highest - known.lowest
    return (known.highest - energy) / width if width > 0 else 1.0


def _feasible(samples: Samples, registers: Registers | None) -> Samples:
    kept = samples.feasible(registers)
    if registers is not None and not len(kept.bits):
        raise DataError(
            f"best sample asked of {samples.shots} shots, found none that keeps the "
            f"{len(registers.groups)} variables feasible",
            "use a quieter backend, fewer layers, or more samples",
        )
    return kept
