"""Gates of a variational circuit whose angles depend on parameters, and on which of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
import torch
from pennylane.operation import Operator, ParameterFrequenciesUndefinedError
from pennylane.pauli import PauliWord

from qml_core.circuits.readout import Readout
from qml_core.circuits.structure import zero_gradients
from qml_core.errors import SpecError
from qml_core.simulation.tape import record


class Parametrised(Protocol):
    """A quantum function of one row x (d,) and theta (P,), as VariationalCircuit."""

    @property
    def n_qubits(self) -> int: ...

    @property
    def n_features(self) -> int: ...

    @property
    def n_parameters(self) -> int: ...

    def __call__(self, x: Any, theta: Any) -> None: ...


@dataclass(frozen=True)
class Occurrence:
    """One gate with one angle that asks for a gradient."""

    position: int
    """Among the operations of the expanded tape."""
    frequencies: tuple[float, ...]
    """Of the expectation values in its angle."""
    parameters: tuple[int, ...]
    """Entries of theta that its angle depends on."""
    unit: bool
    """Whether its angle is ± one entry of theta, up to a constant."""
    features: bool
    """Whether its angle depends on features."""
    zero: bool
    """Whether its gradient is structurally zero."""

    @property
    def circuits(self) -> int:
        """Shifted circuits of its gradient: 2 of each frequency."""
        return 0 if self.zero else 2 * len(self.frequencies)


@lru_cache(maxsize=256)
def occurrences(
    circuit: Parametrised,
    readout: Readout | None,
    trained: tuple[bool, ...] | None = None,
    *,
    features: bool = False,
) -> tuple[Occurrence, ...]:
    """Gates whose angles depend on trained entries of theta, or on features, in their order.

    Found at values of theta and x that no structure depends on, once for each circuit.

    Args:
        readout: what is read, for structurally zero gradients; none: there are no such.
        trained: (P,) entries of theta that ask for a gradient; none: all.
        features: whether features ask for one.

    Raises:
        SpecError: a gate whose gradient no shift rule gives.
    """
    x, theta = _generic_values(circuit, features)
    operations = expanded(circuit, x, theta)
    wanted = np.ones(len(theta), bool) if trained is None else np.array(trained, bool)
    zero = _zero(operations, readout, circuit.n_qubits)
    found = []
    for position, op in enumerate(operations):
        if not _asks(op):
            continue
        by_theta, by_x = (
            torch.autograd.grad(op.data[0], t, retain_graph=True, materialize_grads=True)[0]
            if t.requires_grad
            else torch.zeros_like(t)
            for t in (theta, x)
        )
        slopes = by_theta.numpy()
        entries = tuple(int(k) for k in np.flatnonzero((slopes != 0) & wanted))
        of_features = bool(by_x.any())
        if not entries and not of_features:
            continue
        found.append(
            Occurrence(
                position,
                tuple(float(f) for f in _frequencies(op) or ()),
                entries,
                len(entries) == np.count_nonzero(slopes) == 1 and abs(slopes[entries[0]]) == 1.0,
                of_features,
                zero[position],
            )
        )
    return tuple(found)


def generic_tape(circuit: Parametrised) -> list[Operator]:
    """The operations that `Occurrence.position` counts, at some values."""
    return expanded(circuit, *_generic_values(circuit, features=False))


def _generic_values(circuit: Parametrised, features: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """x and theta at which no angle is stationary by chance."""
    rng = np.random.default_rng(5)
    theta = torch.tensor(rng.uniform(0.3, 1.2, circuit.n_parameters), requires_grad=True)
    return torch.tensor(rng.uniform(0.3, 1.2, circuit.n_features), requires_grad=features), theta


def expanded(circuit: Parametrised, x: torch.Tensor, theta: torch.Tensor) -> list[Operator]:
    """Operations of one row; of those that ask for a gradient, each has one angle and a shift rule.

    Args:
        x: (d,); theta: (P,). What requires a gradient is asked for one.

    Raises:
        SpecError: a gate whose gradient no shift rule gives.
    """
    return [gate for op in record(circuit, x, theta).operations for gate in _expand(op)]


def _expand(op: Operator) -> Iterator[Operator]:
    if not _asks(op) or (len(op.data) == 1 and _frequencies(op) is not None):
        yield op
    elif not op.has_decomposition:
        raise SpecError(
            f"gradient by parameter shift asked, but gate {op.name} has no shift rule",
            "choose training.gradient=spsa, or an exact backend",
        )
    else:
        for gate in op.decomposition():
            yield from _expand(gate)


def _asks(op: Operator) -> bool:
    return any(getattr(value, "requires_grad", False) for value in op.data)


def _frequencies(op: Operator) -> tuple[Any, ...] | None:
    """None: there are none, or the gate has no single angle."""
    if np.ndim(op.data[0]):
        return None
    try:
        return tuple(op.parameter_frequencies[0])
    except ParameterFrequenciesUndefinedError:
        return None


def _zero(operations: Sequence[Operator], readout: Readout | None, n_qubits: int) -> list[bool]:
    """Of every operation."""
    if readout is None:
        return [False] * len(operations)
    flags = iter(zero_gradients(operations, _words(readout), n_qubits))
    return [op.num_params > 0 and next(flags) for op in operations]


def _words(readout: Readout) -> tuple[PauliWord, ...]:
    """What is read; where it is not written out, the Z of each qubit, whose products they are."""
    try:
        return tuple(dict.fromkeys(w for s in readout.sentences for w in s if len(w)))
    except SpecError:
        return tuple(PauliWord({wire: "Z"}) for wire in range(readout.n_qubits))
