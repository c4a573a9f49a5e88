"""Fourier spectra: as many frequencies as uploads, and nothing above."""

import math

import numpy as np
import pytest

from qml_core.errors import SpecError
from qml_core.specs import DiagnosisSpec, EncodingSpec, MeasurementSpec
from qml_core.training.diagnostics.cost import open_cost
from qml_core.training.diagnostics.points import diagnose_spectrum
from qml_core.training.diagnostics.spectrum import fourier_spectrum
from qml_core.training.diagnostics.subject import open_subject


def spectrum_of(circuit, n=1, samples=20):
    rng = np.random.default_rng(0)
    theta = rng.uniform(0, 2 * math.pi, (samples, circuit.n_parameters))
    return fourier_spectrum(circuit, open_cost(MeasurementSpec(), n), theta, np.zeros((samples, 1)))


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_the_degree_is_the_number_of_uploads(uploads, count):
    found = spectrum_of(uploads(count))
    assert found.degree == count
    assert found.accessible == found.observed == tuple(range(count + 1))
    assert found.outside < 1e-10


def test_the_coefficients_are_those_of_the_function(uploads):
    circuit = uploads(1)
    theta = np.array([[0.0, 0.0, 0.0, 0.0, 0.0, 0.0]])  # ⟨Z⟩ = cos x
    found = fourier_spectrum(circuit, open_cost(MeasurementSpec(), 1), theta, np.zeros((1, 1)))
    assert found.magnitudes[0, :3] == pytest.approx([0, 0.5, 0], abs=1e-12)


def test_the_unit_is_the_bandwidth(uploads):
    found = spectrum_of(uploads(2, bandwidth=0.5))
    assert (found.unit, found.accessible) == (0.5, (0, 1, 2))
    assert found.outside < 1e-10


def test_reuploading_has_a_frequency_per_layer():
    found = diagnose_spectrum(
        DiagnosisSpec(ansatz="reuploading", qubits=(1,)), 4, np.random.default_rng(0)
    )
    assert found.accessible == (0, 1, 2, 3, 4)
    assert found.observed == found.accessible
    assert found.outside < 1e-10


def test_one_upload_has_one_frequency_however_deep_the_ansatz():
    found = diagnose_spectrum(DiagnosisSpec(qubits=(2,)), 6, np.random.default_rng(0))
    assert found.accessible == (0, 1)
    assert found.outside < 1e-10


def test_repeated_pairs_of_features_have_frequencies_of_a_common_unit():
    spec = EncodingSpec(name="pauli", paulis=("Z",), reps=3)
    subject = open_subject(DiagnosisSpec(encoding=spec), 2, 1)
    rng = np.random.default_rng(0)
    theta, x = subject.parameters(5, rng), subject.features(5, rng)
    found = fourier_spectrum(subject.circuit, subject.cost, theta, x)
    assert found.degree * found.unit == pytest.approx(6)  # three times a phase of 2x
    assert found.outside < 1e-10


def test_angles_that_are_no_multiples_of_the_feature_are_refused():
    spec = DiagnosisSpec(encoding=EncodingSpec(name="zz"), qubits=(2,))
    with pytest.raises(SpecError, match=r"multiples of the feature|common unit"):
        diagnose_spectrum(spec, 1, np.random.default_rng(0))
