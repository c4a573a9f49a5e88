"""What a report page says of a circuit's trainability."""

from collections.abc import Mapping
from dataclasses import dataclass

from qml_core.references import DiagnosedPoint, NoisyPoint, SpectrumPoint
from qml_core.training.diagnostics.decay import Decay
from qml_core.training.diagnostics.noise_decay import NoiseDecay
from qml_core.training.diagnostics.verdict import slope_words


@dataclass(frozen=True, eq=False)
class Series:
    """Points of one rule for the layers, by rising qubits; `decay` None: no line through them."""

    name: str
    points: tuple[DiagnosedPoint, ...]
    decay: Decay | None

    @property
    def slope(self) -> str:
        return "–" if self.decay is None else slope_words(self.decay)

    @property
    def outcome(self) -> str:
        return "–" if self.decay is None else self.decay.outcome


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """One ansatz and cost.

    Attributes:
        cost: what C is, e.g. "C = (1 − ⟨Z₀⟩)/2".
        samples: random parameters at each point.
        noise_errors: what the noise is, in words.
        advice: what to try, one sentence each.
    """

    ansatz: str
    cost: str
    samples: int
    series: tuple[Series, ...]
    noise: NoiseDecay | None = None
    noisy: tuple[NoisyPoint, ...] = ()
    noise_errors: str = ""
    spectra: tuple[SpectrumPoint, ...] = ()
    advice: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def points(self) -> tuple[DiagnosedPoint, ...]:
        return tuple(point for series in self.series for point in series.points)

    @property
    def has_gradients(self) -> bool:
        return any(point.mean_variance is not None for point in self.points)

    @property
    def largest(self) -> DiagnosedPoint | None:
        """The largest circuit whose gradients were looked at."""
        found = [point for point in self.points if point.layer_variances]
        return max(found, key=lambda p: (p.qubits, p.layers), default=None)

    @property
    def layer_variances(self) -> Mapping[str, float]:
        """Of the largest circuit; at most 40 layers."""
        found = {} if self.largest is None else self.largest.layer_variances
        named = {str(k + 1) if k >= 0 else "before": v for k, v in sorted(found.items())}
        return dict(list(named.items())[:40])
