"""One point of a diagnosis: a number of qubits and layers at random parameters."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from qml_core.errors import SpecError
from qml_core.references import Interval
from qml_core.simulation.circuit import Circuit
from qml_core.specs import DiagnosisSpec
from qml_core.training.diagnostics.entanglement import mean_interval, meyer_wallach
from qml_core.training.diagnostics.expressibility import expressibility, haar_states
from qml_core.training.diagnostics.gradients import GradientStatistics, gradient_statistics
from qml_core.training.diagnostics.noise import GateErrors, noisy_gradients
from qml_core.training.diagnostics.noise_decay import NoisyGradients
from qml_core.training.diagnostics.sampling import gradients
from qml_core.training.diagnostics.spectrum import FourierSpectrum, fourier_spectrum
from qml_core.training.diagnostics.subject import Subject, open_subject
from qml_core.training.diagnostics.zeros import structural_zeros

Array = NDArray[np.float64]

MOST_STATES = 400
"""Whose pairs make the fidelity histogram: 79,800 fidelities."""
MOST_NOISY_SAMPLES = 60
MOST_SPECTRA = 60


@dataclass(frozen=True, eq=False)
class Point:
    """What was found; None where it was not asked for, or all gradients are structurally zero."""

    parameters: int
    gradients: GradientStatistics | None
    expressibility: float | None
    haar_expressibility: float | None
    entanglement: Interval | None


def diagnose_point(
    diagnosis: DiagnosisSpec, n_qubits: int, layers: int, rng: np.random.Generator
) -> Point:
    """Gradients, expressibility and entanglement, as far as they are asked for."""
    subject = open_subject(diagnosis, n_qubits, layers)
    theta = subject.parameters(diagnosis.samples, rng)
    x = subject.features(diagnosis.samples, rng)
    found = None
    if "gradients" in diagnosis.checks:
        found = gradient_statistics(subject.circuit, subject.cost, theta, x)
    kl, haar, entangled = None, None, None
    if {"expressibility", "entanglement"} & set(diagnosis.checks):
        states = _states(subject, theta, x)
        if "entanglement" in diagnosis.checks:
            entangled = mean_interval(meyer_wallach(states))
        if "expressibility" in diagnosis.checks:
            kl = expressibility(states)
            haar = expressibility(haar_states(len(states), states.shape[1], rng))
    return Point(subject.circuit.n_parameters, found, kl, haar, entangled)


def _states(subject: Subject, theta: Array, x: Array) -> torch.Tensor:
    """States of at most MOST_STATES samples (m, 2^n), complex."""
    circuit = Circuit(subject.circuit, subject.circuit.n_qubits, (True, True))
    with torch.no_grad():
        return circuit.states(x[:MOST_STATES], theta[:MOST_STATES]).to(torch.complex128)


def diagnose_noise(
    diagnosis: DiagnosisSpec, layers: int, errors: GateErrors, rng: np.random.Generator
) -> NoisyGradients | None:
    """Gradients of one depth with and without noise; None: all are structurally zero."""
    subject = open_subject(diagnosis, diagnosis.noise_qubits, layers)
    samples = min(diagnosis.samples, MOST_NOISY_SAMPLES)
    theta, x = subject.parameters(samples, rng), subject.features(samples, rng)
    kept = [not zero for zero in structural_zeros(subject.circuit, subject.cost)]
    if not any(kept):
        return None
    noisy = noisy_gradients(subject.circuit, subject.cost, errors, theta, x)[:, kept]
    exact = gradients(subject.circuit, subject.cost, theta, x)[:, kept]
    return NoisyGradients(layers, noisy, exact)


def diagnose_spectrum(
    diagnosis: DiagnosisSpec, layers: int, rng: np.random.Generator
) -> FourierSpectrum:
    """Spectrum along the first feature on the fewest qubits; factors of re-uploads are 1.

    Raises:
        SpecError: angles are no multiples of the feature, or there are none.
    """
    encoding = diagnosis.spectrum_encoding
    subject = open_subject(diagnosis, diagnosis.qubits[0], layers, encoding)
    if "bandwidth" not in subject.circuit.encoding.encoding.parameters:
        raise SpecError(
            f"the spectrum of encoding {encoding.name} was asked for, which has no angles",
            "use an encoding whose angles are features times constants, e.g. angle",
        )
    samples = min(diagnosis.samples, MOST_SPECTRA)
    theta = subject.parameters(samples, rng)
    theta[:, np.array(subject.circuit.is_factor)] = 1.0
    return fourier_spectrum(subject.circuit, subject.cost, theta, subject.features(samples, rng))
