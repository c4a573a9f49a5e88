"""A few preprocessed rows of the data, for what a dry run predicts from exact values."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from deployments.cli.door import Facts, kernel_of
from qml_core.evaluation.datasets import load_table
from qml_core.specs import BackendSpec, DatasetSpec, KernelSpec, RunSpec, Spec
from qml_core.storage.bases import Base, read_base

if TYPE_CHECKING:
    from qml_core.hardware.protocol import Circuit

Array = NDArray[np.float64]

_ROWS = 16
_SIMULATED = 12
"""Qubits up to which entries are predicted from exact ones, in well under a second."""


@dataclass(frozen=True)
class FewRows:
    """Rows of the first split as the circuits encode them; read when they are first needed."""

    specs: Mapping[str, Spec]
    facts: Facts
    base: Base | None

    @cached_property
    def features(self) -> Array:
        """(n, d), evenly spaced rows."""
        from qml_core.evaluation.preprocessing import fit
        from qml_core.evaluation.splits import split_roles
        from qml_core.storage.store import open_store

        dataset = self.specs["dataset"]
        assert isinstance(dataset, DatasetSpec)
        table, split = load_table(dataset), dataset.split
        if self.base is not None:
            _, fitted = read_base(open_store(self.base.data.store), self.base)
        else:
            roles = split_roles(
                table.y, table.task, split.test_size, split.seed, names=table.classes
            )
            training = roles == 0
            fitted = fit(
                dataset.preprocessing, table.features[training], table.y[training], table.task
            )
        chosen = np.linspace(0, len(table.y) - 1, min(_ROWS, len(table.y))).astype(int)
        return np.ascontiguousarray(fitted.transform(table.features.iloc[chosen]))

    def predicted(self, kernel: KernelSpec, n_qubits: int) -> Array | None:
        """Exact entries off the diagonal (m,); None: too many qubits."""
        if n_qubits > _SIMULATED:
            return None
        from qml_core.kernels.matrix import kernel_matrix
        from qml_core.kernels.nystrom import exact_kernel

        K = kernel_matrix(self.features, kernel=exact_kernel(kernel))
        return K[np.triu_indices(len(K), 1)]

    def example(self, backend: BackendSpec) -> "Circuit":
        """The longest of a few circuits of the job; mostly they are all alike."""
        from qml_core.circuits.encodings import open_encoding
        from qml_core.hardware.orders import longest
        from qml_core.hardware.pairs import pair_circuit
        from qml_core.hardware.randomised import basis_circuits, random_bases

        X, run = self.features, self.specs["run"]
        assert isinstance(run, RunSpec)
        encoding = open_encoding(kernel_of(self.specs).encoding, self.facts.features)
        if backend.estimator == "randomised":
            bases = random_bases(encoding.n_qubits, 1, np.random.default_rng(run.seed))
            return longest(basis_circuits(encoding, X[:8], bases))
        return longest([pair_circuit(encoding, X[i], X[-1 - i]) for i in range(min(8, len(X)))])
