"""What a diagnosis found, point by point; the samples lie in the store."""

from pydantic import Field

from qml_core.references.artifacts import ArtifactRef, Interval
from qml_core.references.runs import RunRef
from qml_core.specs import Spec


class DiagnosedPoint(Spec):
    """One number of qubits and layers at random parameters."""

    qubits: int
    layers: int
    parameters: int
    zeros: int
    """Parameters whose gradient is structurally zero, left out."""
    first_variance: float | None = None
    """Var(∂₁C), C = (1 − ⟨O⟩)/2, of the first other parameter of layer 0."""
    first_error: float | None = None
    mean_variance: float | None = None
    layer_variances: dict[int, float] = Field(default_factory=dict)
    expressibility: float | None = None
    """KL divergence from Haar, nats."""
    haar_expressibility: float | None = None
    """The same of as many Haar random states: what sampling alone makes of 0."""
    entanglement: Interval | None = None
    """Mean Meyer-Wallach Q."""
    gradients: ArtifactRef | None = None
    """Samples (S, P') of the gradients, column `gradient`."""
    seconds: float = 0.0


class NoisyPoint(Spec):
    """One depth under noise; `gradients`: columns `noisy` and `exact` (S, P').

    Without them where all gradients are structurally zero.
    """

    qubits: int
    layers: int
    gradients: ArtifactRef | None = None
    seconds: float = 0.0


class SpectrumPoint(Spec):
    """Fourier spectrum along the first feature.

    Frequencies are multiples of `unit`; `mean`, `low`, `high`: |c_k| for k = 0 … over the samples
    (root mean square, 5 and 95 %).
    """

    qubits: int
    layers: int
    encoding: str
    unit: float = 1.0
    accessible: tuple[int, ...] = ()
    observed: tuple[int, ...] = ()
    outside: float = 0.0
    """The largest |c_k| at a frequency that the encoding does not allow: rounding."""
    mean: tuple[float, ...] = ()
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    seconds: float = 0.0
    reason: str = ""
    """Why there is no spectrum; empty: there is one."""


class DiagnosedSeries(Spec):
    """Variance of the gradient against the qubits, for one rule for the layers."""

    name: str
    slope: Interval | None = None
    """Of log2 variance per qubit; None: fewer than two sizes."""
    power: Interval | None = None
    """Exponent c of n^c."""
    exponential_share: float | None = None
    """Share of bootstrap resamples in which the exponential fits better than the power."""
    outcome: str | None = None


class DiagnosisRef(RunRef):
    """A finished diagnosis."""

    points: tuple[DiagnosedPoint, ...]
    series: tuple[DiagnosedSeries, ...]
    noise_rate: Interval | None = None
    """Change of log2 of the gradient per noisy layer."""
    spectra: tuple[SpectrumPoint, ...] = ()
    table: ArtifactRef
    """One row per point, Parquet."""
    advice: tuple[str, ...] = ()
