"""The matrices that trials of kernel models measure at most, and the longest of their circuits."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deployments.cli.door import Facts
from deployments.cli.few_rows import FewRows
from qml_core.budget.asking import asked_sizes, circuits_in
from qml_core.errors import BadInput
from qml_core.kernels.forecasting import Asked
from qml_core.kernels.planning import block_edge
from qml_core.specs import BackendSpec, KernelSpec, ModelSpec, SearchSpec, Spec
from qml_core.specs.configuration import configured
from qml_core.specs.space import Value

if TYPE_CHECKING:
    from qml_core.hardware.protocol import Circuit

_ALL = 1000
"""Configurations of a space whose kernels are counted one by one."""


@dataclass(frozen=True)
class TrialMatrices:
    """What trials of a search measure on a backend."""

    models: tuple[ModelSpec, ...]
    """One of every kind of circuit."""
    matrices: tuple[Asked, ...]

    @classmethod
    def of(
        cls, search: SearchSpec, trials: int, rows: int, backend: BackendSpec
    ) -> "TrialMatrices":
        """The dearest kernel of every trial; trials that differ in the machine alone share one.

        Args:
            rows: to train on.
        """
        models = _models(search)
        kernels = list(dict.fromkeys(k for model in models for k in model.candidate_kernels()))
        count = trials * max((len(model.candidate_kernels()) for model in models), default=0)
        if search.size <= _ALL:
            count = min(count, len(kernels))
        asked = [_asked(kernel, rows, backend) for kernel in kernels]
        dearest = max(asked, key=lambda one: circuits_in(asked_sizes(one, backend)), default=[])
        alike = {_shape(model.kernel): model for model in models}
        return cls(tuple(alike.values()), tuple(dearest * count))

    def example(self, specs: Mapping[str, Spec], facts: Facts, backend: BackendSpec) -> "Circuit":
        """The longest circuit of a few rows."""
        from qml_core.hardware.orders import longest

        rows = (FewRows({**specs, "model": model}, facts, None) for model in self.models)
        return longest([each.example(backend) for each in rows])


def _models(search: SearchSpec) -> list[ModelSpec]:
    found = []
    for configuration in _configurations(search):
        try:
            found.append(configured(search.objective.model, configuration))
        except BadInput:  # such a trial fails, and measures nothing
            continue
    return found


def _configurations(search: SearchSpec) -> Iterator[dict[str, Value]]:
    """All of a small space; of a large one those that differ from the first in one level."""
    names = [dimension.name for dimension in search.space]
    if search.size <= _ALL:
        every = itertools.product(*(dimension.levels for dimension in search.space))
        yield from (dict(zip(names, levels, strict=True)) for levels in every)
        return
    first = {dimension.name: dimension.levels[0] for dimension in search.space}
    for dimension in search.space:
        yield from ({**first, dimension.name: level} for level in dimension.levels)


def _asked(kernel: KernelSpec, rows: int, backend: BackendSpec) -> list[Asked]:
    """A matrix, and the diagonal that is measured beside one of landmarks."""
    edge, width = block_edge(backend, "all"), min(kernel.landmarks or rows, rows)
    matrix = Asked((rows, width), kernel.landmarks is None, edge)
    if kernel.landmarks is None or backend.estimator != "compute_uncompute":
        return [matrix]
    return [matrix, Asked((rows, 1), False, block_edge(backend, "self"))]


def _shape(kernel: KernelSpec) -> str:
    """What the gates of a circuit depend on."""
    return kernel.encoding.model_copy(update={"bandwidth": 1.0}).model_dump_json()
