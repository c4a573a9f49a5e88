"""A kernel opened for rows of some number of features, whatever its kind."""

from collections.abc import Callable
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from qml_core.circuits.encodings import open_encoding
from qml_core.kernels.encoder import Encoder, States
from qml_core.kernels.fidelity import FidelityKernel
from qml_core.kernels.projected import ProjectedKernel
from qml_core.specs import BackendSpec, KernelSpec


class OpenedKernel(Protocol):
    """Represents rows once, and makes entries of pairs of representations."""

    @property
    def encoder(self) -> Encoder: ...

    @property
    def row_bytes(self) -> int:
        """Memory of the representation of one row."""

    def represent(self, X: NDArray[np.float64]) -> States:
        """Of rows (n, d), features."""

    def entries(self, A: States, B: States) -> torch.Tensor:
        """K (n, m), float64, of n and m rows represented."""


_KINDS: dict[str, Callable[[Encoder, KernelSpec], OpenedKernel]] = {
    "fidelity": lambda encoder, kernel: FidelityKernel(encoder),
    "projected": lambda encoder, kernel: ProjectedKernel(encoder, kernel.gamma),
}


def open_kernel(kernel: KernelSpec, backend: BackendSpec, n_features: int) -> OpenedKernel:
    """Raises SpecError where the encoding cannot hold the features."""
    encoder = Encoder(open_encoding(kernel.encoding, n_features), backend)
    return _KINDS[kernel.kind](encoder, kernel)
