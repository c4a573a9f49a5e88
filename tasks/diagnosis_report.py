"""The end of a diagnosis: fits through its points, table, page and record."""

from collections.abc import Sequence

import numpy as np
from prefect import task

from qml_core.evaluation.report.diagnosis import Diagnosis, Series
from qml_core.events import StageStarted, emit
from qml_core.references import (
    ArtifactRef,
    DiagnosedPoint,
    DiagnosedSeries,
    DiagnosisRef,
    NoisyPoint,
    SpectrumPoint,
)
from qml_core.specs import BackendSpec, DiagnosisSpec, RunSpec
from qml_core.storage.datasets import get_arrays, put_arrays
from qml_core.storage.store import open_store
from qml_core.training.diagnostics.decay import Decay, fit_decay
from qml_core.training.diagnostics.noise_decay import NoiseDecay, NoisyGradients, fit_noise
from qml_core.training.diagnostics.verdict import advice, verdict
from tasks.diagnosis import FOLDER, noise_errors
from tasks.job import Job
from tasks.options import STORE
from tasks.records import finish

_COSTS = {
    "z": "C = (1 − ⟨Z⟩)/2 of the first qubit that is read",
    "parity": "C = (1 − ⟨Z⊗…⊗Z⟩)/2",
    "local": "C = 1 − (1/n) Σ P(0 of each qubit)",
    "global": "C = 1 − P(0…0)",
    "pauli": "C = (1 − ⟨O⟩)/2",
}


_MEASURED = (
    "first_variance",
    "first_error",
    "mean_variance",
    "expressibility",
    "haar_expressibility",
)


@task(name="report-diagnosis", **STORE)
def report_diagnosis(
    diagnosis: DiagnosisSpec,
    backend: BackendSpec,
    run: RunSpec,
    store: str,
    points: Sequence[DiagnosedPoint],
    noisy: Sequence[NoisyPoint],
    spectra: Sequence[SpectrumPoint],
) -> DiagnosisRef:
    """Slopes, verdict, page and record."""
    emit(StageStarted("report"))
    rng = np.random.default_rng([run.seed, 3])
    series = _series(diagnosis, points, rng)
    noise = fit_noise([_samples(p) for p in noisy if p.gradients], rng)
    table = _put_table(store, points)
    tried = advice([s.decay for s in series], noise, diagnosis.measurement.kind)
    content = Diagnosis(
        ansatz=diagnosis.ansatz,
        cost=_COSTS[diagnosis.measurement.kind],
        samples=diagnosis.samples,
        series=series,
        noise=noise,
        noisy=tuple(noisy),
        noise_errors=_noise_words(diagnosis),
        spectra=tuple(s for s in spectra if not s.reason),
        advice=tried,
        notes=_notes(points, spectra),
    )
    job = Job(
        verb="diagnose",
        asked={"diagnosis": diagnosis, "backend": backend, "run": run},
        store=store,
        timings=_timings(points, noisy, spectra),
        n_qubits=max(diagnosis.qubits),
        tables=(table, *_tables(points), *_tables(noisy)),
    )
    sentence = _sentence(diagnosis, series, noise)
    title = f"Trainability of {diagnosis.ansatz}, {diagnosis.measurement.kind} cost"
    finished = finish(job, title, sentence, {"diagnosis": content})
    return DiagnosisRef(
        **dict(finished),
        points=tuple(points),
        series=tuple(_found(s) for s in series),
        noise_rate=None if noise is None else noise.rate,
        spectra=tuple(spectra),
        table=table,
        advice=tried,
    )


def _series(
    diagnosis: DiagnosisSpec, points: Sequence[DiagnosedPoint], rng: np.random.Generator
) -> tuple[Series, ...]:
    if diagnosis.layers_per_qubit is not None:
        name = f"{diagnosis.layers_per_qubit:g} layers per qubit"
        return (Series(name, tuple(points), _decay(points, rng)),)
    found = []
    for layers in diagnosis.layers:
        own = tuple(p for p in points if p.layers == layers)
        name = f"{layers} layer{'s' if layers > 1 else ''}"
        found.append(Series(name, own, _decay(own, rng)))
    return tuple(found)


def _decay(points: Sequence[DiagnosedPoint], rng: np.random.Generator) -> Decay | None:
    seen = [(p.qubits, get_arrays(p.gradients)["gradient"]) for p in points if p.gradients]
    return fit_decay([n for n, _ in seen], [samples for _, samples in seen], rng)


def _samples(point: NoisyPoint) -> NoisyGradients:
    assert point.gradients is not None
    arrays = get_arrays(point.gradients)
    return NoisyGradients(point.layers, arrays["noisy"], arrays["exact"])


def _tables(points: Sequence[DiagnosedPoint] | Sequence[NoisyPoint]) -> list[ArtifactRef]:
    return [p.gradients for p in points if p.gradients]


def _found(series: Series) -> DiagnosedSeries:
    decay = series.decay
    if decay is None:
        return DiagnosedSeries(name=series.name)
    return DiagnosedSeries(
        name=series.name,
        slope=decay.slope,
        power=decay.power,
        exponential_share=decay.exponential_share,
        outcome=decay.outcome,
    )


def _put_table(store: str, points: Sequence[DiagnosedPoint]) -> ArtifactRef:
    """One row per point; what was not asked for is NaN."""
    counts = {
        name: np.array([getattr(p, name) for p in points], dtype=np.int64)
        for name in ("qubits", "layers", "parameters", "zeros")
    }
    values = {
        name: np.array([getattr(p, name) for p in points], dtype=np.float64) for name in _MEASURED
    }
    entangled = [p.entanglement.value if p.entanglement else np.nan for p in points]
    columns = {**counts, **values, "entanglement": np.array(entangled)}
    return put_arrays(open_store(store), FOLDER, columns, {"table": "diagnosis"})


def _sentence(diagnosis: DiagnosisSpec, series: Sequence[Series], noise: NoiseDecay | None) -> str:
    if "gradients" in diagnosis.checks:
        return verdict({s.name: s.decay for s in series}, noise)
    return f"{diagnosis.ansatz} looked at without its gradients: no verdict on its training."


def _notes(points: Sequence[DiagnosedPoint], spectra: Sequence[SpectrumPoint]) -> tuple[str, ...]:
    notes = []
    zeros = [p for p in points if p.zeros == p.parameters]
    if zeros:
        sizes = ", ".join(f"{p.qubits} qubits and {p.layers} layers" for p in zeros[:5])
        notes.append(f"All gradients are structurally zero on {sizes}: nothing read depends on θ.")
    reasons = {s.reason for s in spectra if s.reason}
    notes += [f"No spectrum: {reason}." for reason in sorted(reasons)]
    return tuple(notes)


def _noise_words(diagnosis: DiagnosisSpec) -> str:
    if not diagnosis.noisy_depths:
        return ""
    errors = noise_errors(diagnosis)
    source = (
        ""
        if diagnosis.calibration is None
        else (
            f" These are the mean gate errors of {diagnosis.calibration}; each gate of the ansatz "
            "counts as one gate of the device."
        )
    )
    return (
        f"Depolarising after each gate on each of its qubits: probability {errors.one_qubit:.3g} "
        f"for one qubit, {errors.two_qubit:.3g} for two. Exact density matrices, no shots.{source}"
    )


def _timings(
    points: Sequence[DiagnosedPoint],
    noisy: Sequence[NoisyPoint],
    spectra: Sequence[SpectrumPoint],
) -> tuple[tuple[str, float], ...]:
    stages = (("gradients and states", points), ("noise", noisy), ("spectrum", spectra))
    return tuple((name, sum(p.seconds for p in found)) for name, found in stages if found)
