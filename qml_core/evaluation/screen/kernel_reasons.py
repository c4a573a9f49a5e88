"""What a quantum kernel and the classical ones beside it say on the same rows."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from qml_core.evaluation.screen.classical_kernels import Array, ClassicalKernel
from qml_core.evaluation.screen.complexity import (
    Complexity,
    alignment,
    best_alignment,
    complexity,
    least_complexity,
    targets,
)
from qml_core.evaluation.screen.difference import least_difference
from qml_core.evaluation.screen.encoded import Encoded
from qml_core.kernels.spectrum import effective_dimension
from qml_core.references import Task
from qml_core.references.benchmark import Reason
from qml_core.specs import BackendSpec

DIFFERENCE_SHARE = 0.15
"""Of √N: the geometric difference up to which it counts as far below √N."""
NEAR_IDENTITY = 0.5
"""Of N: the effective dimension above which a kernel is nearer to the identity than to the data."""


@dataclass(frozen=True)
class Rows:
    """The rows that are looked at, and the classical kernels of them.

    Args:
        y: (n,) labels or values.
    """

    task: Task
    y: Array
    kernels: Sequence[ClassicalKernel]

    @cached_property
    def targets(self) -> Array:
        return targets(self.task, self.y)

    @cached_property
    def simplest(self) -> tuple[Complexity, ClassicalKernel]:
        return least_complexity(self.kernels, self.targets)

    def alignment(self, K: Array) -> float:
        """Of a kernel (n, n) of these rows."""
        return alignment(K, self.task, self.y)

    @cached_property
    def aligned(self) -> tuple[float, ClassicalKernel]:
        return best_alignment(self.kernels, self.task, self.y)


def kernel_reasons(
    encoded: Encoded, rows: Rows, backend: BackendSpec, *, variational: bool
) -> tuple[Reason, ...]:
    """Geometric difference, model complexity, alignment, concentration, and shots of kernels."""
    found = (
        geometric_difference_reason(encoded, rows),
        complexity_reason(encoded, rows),
        alignment_reason(encoded, rows),
        concentration_reason(encoded),
    )
    return found if variational else (*found, shots_reason(encoded, backend))


def geometric_difference_reason(encoded: Encoded, rows: Rows) -> Reason:
    """Against where the least g over classical kernels and λ is at most 0.15·√N."""
    n = len(rows.y)
    least, limit = least_difference(encoded.kernel, rows.kernels), DIFFERENCE_SHARE * math.sqrt(n)
    against = least.g <= limit
    means = (
        "whatever the labels, that kernel learns what the quantum one learns about as well"
        if against
        else "labels exist that the quantum kernel learns and no classical one here does"
    )
    return Reason(
        check="geometric difference",
        value=least.g,
        limit=limit,
        against=against,
        said=f"geometric difference {least.g:.2f} to the nearest classical kernel "
        f"({least.kernel.name}), {'at most' if against else 'above'} "
        f"{DIFFERENCE_SHARE:g}·√{n} = {limit:.2f}: {means}.",
    )


def complexity_reason(encoded: Encoded, rows: Rows) -> Reason:
    """Against where the best classical kernel bounds the error no worse than the quantum one."""
    quantum, (classical, kernel) = complexity(encoded.kernel, rows.targets), rows.simplest
    none = quantum.bound >= 1.0
    against = none or classical.bound <= quantum.bound
    means = (
        "the quantum kernel bounds the error of these labels no better than predicting their mean"
        if none
        else f"a classical kernel fits these labels {'no less' if against else 'less'} simply"
    )
    return Reason(
        check="model complexity",
        value=quantum.bound,
        limit=min(classical.bound, 1.0),
        against=against,
        said=f"error bound {quantum.bound:.2f} at complexity s = {quantum.s:.1f} of the quantum "
        f"kernel, {classical.bound:.2f} at s = {classical.s:.1f} of the best classical one "
        f"({kernel.name}): {means}.",
    )


def alignment_reason(encoded: Encoded, rows: Rows) -> Reason:
    """Against where the best classical kernel is aligned with the labels at least as well."""
    found, (best, kernel) = rows.alignment(encoded.entries), rows.aligned
    return Reason(
        check="target alignment",
        value=found,
        limit=best,
        against=found <= best,
        said=f"the quantum kernel is aligned with the target by {found:.3f}, the best classical "
        f"one ({kernel.name}) by {best:.3f}.",
    )


def concentration_reason(encoded: Encoded) -> Reason:
    """Against where the effective dimension is above N/2: nearer to the identity than to data."""
    n, seen = len(encoded.entries), encoded.concentration
    dimension, limit = effective_dimension(encoded.kernel.values), NEAR_IDENTITY * n
    against = dimension > limit
    said = f"entries are {seen.mean:.2g} ± {seen.std:.2g}"
    if encoded.bloch is None:
        said += f" (Haar-random states {seen.haar:.2g} ± {seen.haar_std:.2g})"
    said += f", the effective dimension {dimension:.1f} of {n} rows"
    if against:
        said += ": the kernel is near the identity and only recalls the rows it has seen"
    return Reason(
        check="concentration", value=dimension, limit=limit, against=against, said=f"{said}."
    )


def shots_reason(encoded: Encoded, backend: BackendSpec) -> Reason:
    """Against where the backend's shots leave more noise than the entries differ by."""
    needed = encoded.shots
    finite = math.isfinite(needed)
    what = "entries" if encoded.bloch is None else "Bloch vectors"
    said = (
        f"{what} differ as much as their shot noise at {max(1, math.ceil(needed)):,} shots"
        if finite
        else f"all {what} are alike, no number of shots tells them apart"
    )
    against = backend.shots is not None and needed > backend.shots
    if backend.shots is not None:
        ratio = math.sqrt(needed / backend.shots)
        said += f"; {backend.shots:,} are asked for"
        said += f", whose noise is {ratio:.2g} times the differences" if finite else ""
    if backend.estimator == "randomised":
        said += "; randomised bases need more"
    return Reason(
        check="shots",
        value=needed if finite else None,
        limit=backend.shots,
        against=against,
        said=f"{said}.",
    )
