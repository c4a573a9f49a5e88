"""Amplitude encoding: the normalised row is the state vector."""

from collections.abc import Sequence

import numpy as np
import pennylane as qml
from numpy.typing import NDArray

from qml_core.circuits.encodings._encoding import Encoding, Features, finite_rows
from qml_core.errors import DataError, SpecError
from qml_core.specs import EncodingSpec

MAX_FEATURES = 2**20
_NORMS = (1e-150, 1e150)  # the squares must neither vanish nor overflow


def amplitude(x: Features, wires: Sequence[int]) -> None:
    """State Σ_i x_i |i⟩ / ‖x‖, padded with zeros up to 2^(number of wires).

    The norm is lost, so a bandwidth would change nothing and there is none.
    """
    qml.StatePrep(x, wires=wires, pad_with=0.0, normalize=True)


def qubits(n_features: int) -> int:
    """⌈log₂ n⌉, at least one."""
    return max(1, (n_features - 1).bit_length())


def check(X: NDArray[np.float64]) -> tuple[str, ...]:
    """Report padding and the norms that normalisation discards; raises DataError on zero rows."""
    finite_rows(X)
    norms = np.sqrt(np.einsum("nd,nd->n", X, X))
    bad = np.flatnonzero(~((norms > _NORMS[0]) & (norms < _NORMS[1])))
    if bad.size:
        raise DataError(
            f"encoding amplitude cannot normalise {bad.size} of {len(X)} rows, first row {bad[0]} "
            f"with norm {norms[bad[0]]:.3g}; norms in ({_NORMS[0]:g}, {_NORMS[1]:g}) are asked",
            "drop zero rows, or choose encoding.name=angle",
        )
    lost = f"{norms.min():.4g} to {norms.max():.4g}"
    notes = (f"normalisation discards the norm of the rows, found {lost}",)
    dimension = 2 ** qubits(X.shape[1])
    if dimension == X.shape[1]:
        return notes
    return (f"rows are padded with zeros, {X.shape[1]} features -> {dimension} amplitudes", *notes)


def fits(spec: EncodingSpec, n_features: int) -> None:
    """Refuse more features than a state of 20 qubits has amplitudes."""
    if n_features > MAX_FEATURES:
        raise SpecError(
            f"encoding amplitude holds at most {MAX_FEATURES} features, found {n_features}",
            "lower preprocessing.n_components",
        )


ENCODING = Encoding(
    name="amplitude",
    circuit=amplitude,
    qubits=qubits,
    parameters=(),
    angle_range=None,
    depth="1 state preparation; on hardware up to O(2^⌈log₂ n⌉) gates",
    paper="Schuld & Petruccione, Supervised Learning with Quantum Computers (2018), ch. 5; "
    "state preparation: Möttönen et al., arXiv:quant-ph/0407010",
    description="The normalised row is the state vector; the kernel is the squared cosine.",
    check=check,
    fits=fits,
)
