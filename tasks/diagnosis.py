"""A diagnosis point by point: each is found in the store, or computed and put there."""

import time
from collections.abc import Callable, Mapping
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from prefect import task

from qml_core.errors import SpecError
from qml_core.events import StageStarted, StepDone, emit
from qml_core.hardware.calibration import load_calibration
from qml_core.keys import key
from qml_core.references import ArtifactRef, DiagnosedPoint, NoisyPoint, SpectrumPoint
from qml_core.settings import Settings
from qml_core.specs import DiagnosisSpec, RunSpec, Spec
from qml_core.storage.content import find_or_make, is_sound
from qml_core.storage.datasets import put_arrays
from qml_core.storage.probe import open_checked_store
from qml_core.storage.store import ArtifactStore
from qml_core.training.diagnostics import points
from qml_core.training.diagnostics.gradients import GradientStatistics
from qml_core.training.diagnostics.noise import GateErrors
from qml_core.training.diagnostics.spectrum import FourierSpectrum
from tasks.gate_errors import mean_gate_errors
from tasks.options import STORE

FOLDER = "diagnoses"
Found = TypeVar("Found", bound=Spec)

_OF_ALL = {"ansatz", "encoding", "measurement", "samples", "initialisation"}


@task(name="open-diagnosis", **STORE)
def open_diagnosis(diagnosis: DiagnosisSpec) -> str:
    """The store's URL, once it has answered; says how many points will come."""
    url = open_checked_store(Settings.from_environment().storage_url).url
    steps = len(diagnosis.points) + len(diagnosis.noisy_depths) + len(diagnosis.spectrum_depths)
    emit(StageStarted("diagnose", steps))
    return url


@task(name="diagnose-point", task_run_name="{qubits} qubits, {layers} layers", **STORE)
def diagnose_point(
    diagnosis: DiagnosisSpec, run: RunSpec, store: str, qubits: int, layers: int
) -> DiagnosedPoint:
    """Gradients, expressibility and entanglement of one size."""
    asked = [c for c in diagnosis.checks if c in ("gradients", "expressibility", "entanglement")]
    name = _key("point", diagnosis, run, qubits=qubits, layers=layers, checks=sorted(asked))

    def compute(opened: ArtifactStore) -> DiagnosedPoint:
        found = points.diagnose_point(diagnosis, qubits, layers, _generator(run, 0, qubits, layers))
        seen = found.gradients
        point = DiagnosedPoint(
            qubits=qubits,
            layers=layers,
            parameters=found.parameters,
            zeros=found.parameters if seen is None and "gradients" in asked else 0,
            expressibility=found.expressibility,
            haar_expressibility=found.haar_expressibility,
            entanglement=found.entanglement,
        )
        return point if seen is None else _with_gradients(opened, point, seen)

    return _found_or(store, name, DiagnosedPoint, compute)


@task(name="diagnose-noise", task_run_name="noise, {layers} layers", **STORE)
def diagnose_noise(diagnosis: DiagnosisSpec, run: RunSpec, store: str, layers: int) -> NoisyPoint:
    """Gradients of one depth with and without noise."""
    errors, qubits = noise_errors(diagnosis), diagnosis.noise_qubits
    rates = [errors.one_qubit, errors.two_qubit]
    name = _key("noise", diagnosis, run, qubits=qubits, layers=layers, errors=rates)

    def compute(opened: ArtifactStore) -> NoisyPoint:
        rng = _generator(run, 1, qubits, layers)
        found = points.diagnose_noise(diagnosis, layers, errors, rng)
        if found is None:
            return NoisyPoint(qubits=qubits, layers=layers)
        samples = _put(opened, {"noisy": found.noisy, "exact": found.exact})
        return NoisyPoint(qubits=qubits, layers=layers, gradients=samples)

    return _found_or(store, name, NoisyPoint, compute)


@task(name="diagnose-spectrum", task_run_name="spectrum, {layers} layers", **STORE)
def diagnose_spectrum(
    diagnosis: DiagnosisSpec, run: RunSpec, store: str, layers: int
) -> SpectrumPoint:
    """Fourier spectrum along the first feature, on the fewest qubits."""
    encoding, qubits = diagnosis.spectrum_encoding, diagnosis.qubits[0]
    asked = encoding.model_dump(mode="json")
    name = _key("spectrum", diagnosis, run, qubits=qubits, layers=layers, uploaded=asked)

    def compute(opened: ArtifactStore) -> SpectrumPoint:
        point = SpectrumPoint(qubits=qubits, layers=layers, encoding=encoding.name)
        rng = _generator(run, 2, qubits, layers)
        try:
            found = points.diagnose_spectrum(diagnosis, layers, rng)
        except SpecError as error:  # the other checks say what they can
            return point.model_copy(update={"reason": error.message})
        return _with_spectrum(point, found)

    return _found_or(store, name, SpectrumPoint, compute)


def _with_gradients(
    store: ArtifactStore, point: DiagnosedPoint, seen: GradientStatistics
) -> DiagnosedPoint:
    return point.model_copy(
        update={
            "zeros": seen.zeros,
            "first_variance": seen.first_variance,
            "first_error": seen.first_error,
            "mean_variance": seen.mean_variance,
            "layer_variances": seen.layer_variances(),
            "gradients": _put(store, {"gradient": seen.values}),
        }
    )


def _with_spectrum(point: SpectrumPoint, found: FourierSpectrum) -> SpectrumPoint:
    low, high = np.percentile(found.magnitudes, [5, 95], axis=0)
    return point.model_copy(
        update={
            "unit": found.unit,
            "accessible": found.accessible,
            "observed": found.observed,
            "outside": found.outside,
            "mean": tuple(np.sqrt(np.mean(found.magnitudes**2, axis=0)).tolist()),
            "low": tuple(low.tolist()),
            "high": tuple(high.tolist()),
        }
    )


def _key(noun: str, diagnosis: DiagnosisSpec, run: RunSpec, **parts: object) -> str:
    return key(
        f"diagnosis {noun}",
        asked=diagnosis.model_dump(mode="json", include=_OF_ALL),
        seed=run.seed,
        remeasure=run.remeasure,
        **parts,
    )


def _found_or(
    url: str, name: str, kind: type[Found], compute: Callable[[ArtifactStore], Found]
) -> Found:
    """The document stored under a key, or what `compute` makes, from now on under it."""
    store, path = open_checked_store(url), f"{FOLDER}/by-key/{name}.json"

    def make() -> Found:
        began = time.perf_counter()
        made = compute(store)
        return made.model_copy(update={"seconds": time.perf_counter() - began})

    found, reused = find_or_make(store, path, kind, lambda one: _placed(one, store), make)
    emit(StepDone(reused=reused))
    return found


def _placed(found: Found, store: ArtifactStore) -> Found | None:
    """At no cost, its samples where the store is; None where they are damaged or gone."""
    found = found.model_copy(update={"seconds": 0.0})
    samples = getattr(found, "gradients", None)
    if samples is None:
        return found
    here = samples.model_copy(update={"store": store.url})
    return found.model_copy(update={"gradients": here}) if is_sound(here, store) else None


def _put(store: ArtifactStore, columns: Mapping[str, NDArray[np.float64]]) -> ArtifactRef:
    return put_arrays(store, FOLDER, columns, {})


def _generator(run: RunSpec, *place: int) -> np.random.Generator:
    """Of one point, whatever the others are."""
    return np.random.default_rng([run.seed, *place])


def noise_errors(diagnosis: DiagnosisSpec) -> GateErrors:
    """Of the rate, or of the calibration record."""
    if diagnosis.calibration is not None:
        return mean_gate_errors(load_calibration(diagnosis.calibration))
    return GateErrors(diagnosis.noise_rate / 10, diagnosis.noise_rate)
