"""The quantum approximate optimisation algorithm (Farhi, Goldstone, Gutmann, arXiv:1411.4028)."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import SpecError
from qml_core.optimisation.problems.extremes import Extremes, extremes
from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.problems.registers import Registers
from qml_core.optimisation.qaoa.angles import check_start, mixer_of
from qml_core.optimisation.qaoa.evaluators import Evaluator, ExactEvaluator, RoundEvaluator
from qml_core.optimisation.qaoa.evolution import open_evolution
from qml_core.optimisation.qaoa.objectives import open_objective
from qml_core.optimisation.qaoa.readout import QAOAResult, read_out
from qml_core.optimisation.qaoa.recursive import OpenRound, recursive_qaoa
from qml_core.optimisation.qaoa.tuning import tune
from qml_core.optimisation.qaoa.warm_start import warm_probabilities
from qml_core.specs import QAOASpec

__all__ = ["QAOA", "QAOAResult", "warm_of"]

MOST_STATES = 2**22
"""Looked at for the optimum."""

_STREAMS = {"tuning": 0, "readout": 1, "warm start": 2}


class QAOA:
    """Minimises an Ising polynomial.

    Args:
        registers: variables as groups of qubits; none: free qubits.
        seed: of the starts, the tuner and the readout.
        settings: all other fields of QAOASpec.

    Raises:
        ValidationError: a setting is unknown, out of bounds or contradicts another one.
    """

    def __init__(
        self,
        layers: int = 2,
        mixer: str = "auto",
        registers: Registers | None = None,
        *,
        seed: int = 0,
        **settings: Any,
    ) -> None:
        spec = QAOASpec.model_validate({"layers": layers, "mixer": mixer, **settings})
        self._set(spec, registers, seed)

    @classmethod
    def from_spec(cls, spec: QAOASpec, registers: Registers | None = None, seed: int = 0) -> Self:
        """The same of a specification."""
        found = cls.__new__(cls)
        found._set(spec, registers, seed)
        return found

    def _set(self, spec: QAOASpec, registers: Registers | None, seed: int) -> None:
        self.spec, self.registers, self.seed = spec, registers, seed

    def fit(
        self,
        ising: Ising,
        evaluator: Evaluator | None = None,
        known: Extremes | None = None,
        *,
        memory_bytes: int | None = None,
        most_states: int = MOST_STATES,
    ) -> QAOAResult:
        """Tune the angles and read out.

        Args:
            evaluator: of the objective on this problem; none: exact simulation.
            known: the optimum; none: looked for among up to `most_states` feasible states.
            memory_bytes: limit of the exact simulation.

        Raises:
            SpecError: the settings do not go with the problem or the evaluator.
            CircuitRefused: the simulation needs more than memory_bytes.
            DataError: no sample is feasible.
        """
        self.check(ising)
        known = known or extremes(ising, self.registers, most_states)
        rng = generator(self.seed, "tuning")
        if self.spec.recursive is not None:
            return recursive_qaoa(
                ising, self.spec, self._rounds(evaluator, memory_bytes), known, rng
            )
        evaluator = evaluator or self._exact(ising, memory_bytes)
        tuned = tune(self.spec, ising, self.registers, evaluator, rng)
        samples = evaluator.samples(tuned.angles, self.spec.samples, "readout")
        objective = open_objective(self.spec, ising)
        return read_out(ising, self.registers, tuned, evaluator, objective, samples, known)

    def _exact(self, ising: Ising, memory_bytes: int | None) -> ExactEvaluator:
        mixer = mixer_of(self.spec, self.registers)
        evolution = open_evolution(
            ising,
            self.registers if mixer != "x" else None,
            mixer,
            start=self.spec.start,
            warm=warm_of(self.spec, ising, self.seed),
            memory_bytes=memory_bytes,
        )
        objective = open_objective(self.spec, ising)
        return ExactEvaluator(evolution, objective, generator(self.seed, "readout"))

    def _rounds(self, evaluator: Evaluator | None, memory_bytes: int | None) -> OpenRound:
        if evaluator is None:
            return lambda ising, prefix: self._exact(ising, memory_bytes)
        if isinstance(evaluator, RoundEvaluator):
            return evaluator.of_round
        raise SpecError(
            f"recursive={self.spec.recursive} asked of an evaluator of one problem",
            "give an evaluator with of_round(ising, prefix), or none for exact simulation",
        )

    def check(self, ising: Ising) -> None:
        """Raise SpecError where the settings do not go with a problem, before anything is run."""
        if self.registers is not None and self.registers.n_qubits != ising.n_qubits:
            raise SpecError(
                f"problem of {ising.n_qubits} qubits on registers of {self.registers.n_qubits}",
                "give registers that hold each qubit once",
            )
        single = self.spec.recursive is not None or self.spec.warm_start is not None
        if single and mixer_of(self.spec, self.registers) != "x":
            raise SpecError(
                f"recursive={self.spec.recursive}, warm_start={self.spec.warm_start} asked with "
                "one-hot groups, they turn single qubits",
                "leave both out, or use mixer=x",
            )
        check_start(self.spec, ising, self.registers)


def warm_of(spec: QAOASpec, ising: Ising, seed: int) -> NDArray[np.float64] | None:
    """(n,) probabilities of 1 that the qubits start with; None without a warm start."""
    if spec.warm_start is None:
        return None
    return warm_probabilities(ising, spec.warm_start, generator(seed, "warm start"))


def generator(seed: int, purpose: str) -> np.random.Generator:
    """One stream for each purpose, so that none depends on how much another one drew."""
    return np.random.default_rng((seed, _STREAMS[purpose]))
