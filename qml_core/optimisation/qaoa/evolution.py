"""Exact evolution of a QAOA circuit, by the engine that its mixer and start allow."""

from typing import Literal, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from qml_core.errors import SpecError
from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.problems.registers import Registers
from qml_core.optimisation.qaoa.feasible_evolution import FeasibleEvolution
from qml_core.optimisation.qaoa.samples import Samples
from qml_core.optimisation.qaoa.transverse_evolution import TransverseEvolution
from qml_core.simulation.qaoa_layers import Observable

Mixer = Literal["x", "xy_ring", "xy_complete"]
Start = Literal["w", "basis"]
Angles = NDArray[np.float64]


class Evolution(Protocol):
    """|γ, β⟩ of one problem; angles in radians, gammas and betas (2, p).

    An observable makes from the probabilities (N,), which it may not keep, the diagonal (N,) whose
    mean is the value; the gradient holds that diagonal fixed. None: the energies. Evolutions keep
    their working memory from call to call: one is for one thread.
    """

    @property
    def energies(self) -> torch.Tensor:
        """(N,) float64 of the basis states: all, or the feasible ones, or of the half space the
        pairs of z and ¬z."""

    @property
    def n_qubits(self) -> int: ...

    def values(self, angles: Angles, observable: Observable | None = None) -> NDArray[np.float64]:
        """(b,) at angles (b, 2, p)."""

    def value_and_gradient(
        self, angles: Angles, observable: Observable | None = None
    ) -> tuple[float, NDArray[np.float64]]:
        """The value, and its derivatives (2, p)."""

    def probabilities(self, angles: Angles) -> torch.Tensor:
        """(N,) float64."""

    def sample(self, angles: Angles, shots: int, rng: np.random.Generator) -> Samples:
        """Distinct rows of bits on all qubits."""

    def correlations(self, angles: Angles) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """⟨Z_i⟩ (n,) and ⟨Z_i Z_j⟩ (n, n)."""


def open_evolution(
    ising: Ising,
    registers: Registers | None = None,
    mixer: Mixer = "x",
    *,
    start: Start = "w",
    warm: NDArray[np.float64] | None = None,
    memory_bytes: int | None = None,
) -> Evolution:
    """The evolution of a cost under a mixer, its diagonal computed.

    The X mixer acts on every qubit, also of one-hot groups, and starts from |+…+⟩, for an even
    polynomial on the half space. An XY mixer acts within the one-hot groups and the feasible space
    is all there is; free qubits keep the X mixer.

    Args:
        registers: none: free qubits.
        start: of one-hot groups under an XY mixer: the W state, or the first level.
        warm: (n,) probabilities of 1 at the start; the mixer then is that of Egger et al.,
            arXiv:2009.10095, whose sign of β is the opposite of the X mixer's.
        memory_bytes: limit of all that is held; none: no limit.

    Raises:
        SpecError: registers or warm start of another number of qubits, a warm start with an XY
            mixer or outside [0, 1], an unknown mixer or start.
        CircuitRefused: more than memory_bytes are needed; nothing was allocated then.
    """
    _check(ising, registers, mixer, start, warm)
    groups = registers if registers and mixer != "x" else Registers.free(ising.n_qubits)
    if warm is None and not groups.one_hot:
        return TransverseEvolution.of(ising, memory_bytes)
    return FeasibleEvolution.of(ising, groups, mixer, start, warm, memory_bytes)


def _check(
    ising: Ising,
    registers: Registers | None,
    mixer: str,
    start: str,
    warm: NDArray[np.float64] | None,
) -> None:
    if mixer not in ("x", "xy_ring", "xy_complete") or start not in ("w", "basis"):
        raise SpecError(
            f"mixer {mixer!r} from start {start!r} asked",
            "mixers are x, xy_ring, xy_complete; starts are w, basis",
        )
    if registers and registers.n_qubits != ising.n_qubits:
        raise SpecError(
            f"registers of {registers.n_qubits} qubits given for an Ising of {ising.n_qubits}",
            "give registers that hold each qubit of the Ising once",
        )
    if warm is None:
        return
    if mixer != "x":
        raise SpecError(
            f"warm start asked with mixer {mixer}, it turns single qubits", "use mixer x"
        )
    if warm.shape != (ising.n_qubits,) or not ((warm >= 0) & (warm <= 1)).all():
        raise SpecError(
            f"warm start of shape {warm.shape} given, needed: ({ising.n_qubits},) probabilities in "
            "[0, 1]",
            "give the probability of 1 of every qubit",
        )
