"""Rotosolve: each angle in turn goes to its exact minimum."""

import math

import numpy as np

from qml_core.errors import SpecError
from qml_core.training.gradients.occurrences import Occurrence, occurrences
from qml_core.training.objective import Evaluation, Objective
from qml_core.training.optimisers._optimiser import Step
from qml_core.training.state import OptimiserState
from qml_core.training.trainable import Trainable

_FLAT = 1e-12
"""Amplitudes below it are rounding: the angle stays."""


class Rotosolve:
    """One sweep over all trained angles a step, three evaluations each.

    Ostaszewski, Grant and Benedetti 2021, eq. 6: a loss that is linear in expectation values is a
    sine in the angle of a gate exp(−iθP/2), and three of its values give its minimum.
    """

    def step(self, objective: Objective, learning_rate: float) -> Step:
        entries = objective.entries
        before, first = entries.vector(), list[Evaluation]()
        offset = len(before) - len(entries.trained)
        try:
            for place, entry in enumerate(entries.trained):
                first.append(self._minimise(objective, offset + place, int(entry)))
        except BaseException:
            entries.assign(before)
            raise
        seen = first[0] if first else objective.value()
        return Step(seen.loss, seen.outputs)

    def _minimise(self, objective: Objective, place: int, entry: int) -> Evaluation:
        angle, part = objective.entries.vector(), f"epoch {objective.position.epoch} parameter"
        shift = np.zeros_like(angle)
        shift[place] = math.pi / 2
        here = objective.value(part=f"{part} {entry} at 0")
        plus = objective.value(angle + shift, f"{part} {entry} at plus")
        minus = objective.value(angle - shift, f"{part} {entry} at minus")
        sine, cosine = plus.loss - minus.loss, 2 * here.loss - plus.loss - minus.loss
        if math.hypot(sine, cosine) > _FLAT:
            angle[place] += -math.pi / 2 - math.atan2(cosine, sine)
            objective.entries.assign(angle)
        return here

    def state(self) -> OptimiserState:
        return OptimiserState()

    def load(self, state: OptimiserState) -> None:
        pass

    def close(self) -> None:
        pass


def check_rotosolve(network: Trainable, loss: str) -> None:
    """Refuse what is no sine in each angle of a network.

    Raises:
        SpecError: the loss is not linear in an expectation value, there are parameters outside of
            the circuit, or one of the circuit that is not the angle of exactly one gate with two
            eigenvalues: one in several gates, of a controlled rotation, or a feature's factor.
    """
    outside = [n for n, p in network.named_parameters() if p is not network.theta]
    if loss != "linear" or outside:
        found = f"loss={loss}" if loss != "linear" else f"parameters {', '.join(outside)} besides"
        raise SpecError(
            f"rotosolve needs a loss that is linear in one expectation value, found {found}",
            "set model.training.loss to linear, or choose another optimiser",
        )
    gates = occurrences(network.circuit, None, network.trained)
    for entry in np.flatnonzero(network.trained):
        reason = _no_sine([gate for gate in gates if entry in gate.parameters])
        if network.circuit.is_factor[entry]:
            reason = "multiplied with a feature"
        if reason:
            raise SpecError(
                f"rotosolve needs each parameter to be the angle of one gate exp(−iθP/2), found "
                f"entry {entry} {reason}",
                "choose another ansatz, or optimiser spsa or cobyla",
            )


def _no_sine(gates: list[Occurrence]) -> str:
    """Why the expectation value is no sine in the entry that these gates depend on."""
    if len(gates) > 1:
        return f"in {len(gates)} gates"
    if any(len(gate.parameters) > 1 for gate in gates):
        return "joined with another entry in one angle"
    if any(len(gate.frequencies) > 1 for gate in gates):
        return "of a controlled rotation, whose expectation value has two frequencies"
    if any(not gate.unit or gate.frequencies != (1.0,) for gate in gates):
        return "scaled, so that its frequency is not 1"
    return ""
