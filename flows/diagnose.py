"""The flow that asks whether a circuit can be trained, before it is."""

from prefect import flow

from qml_core.references import DiagnosisRef
from qml_core.specs import BackendSpec, DiagnosisSpec, RunSpec, check_exact
from tasks.diagnosis import diagnose_noise, diagnose_point, diagnose_spectrum, open_diagnosis
from tasks.diagnosis_report import report_diagnosis


@flow(name="diagnose", persist_result=False)
def diagnose(
    diagnosis: DiagnosisSpec = DiagnosisSpec(),
    backend: BackendSpec = BackendSpec(),
    run: RunSpec = RunSpec(),
) -> DiagnosisRef:
    """Gradients, states, noise and frequencies of an ansatz at random parameters.

    Args:
        diagnosis: Ansatz, cost, sizes and what is looked at.
        backend: The exact simulator.
        run: Under which terms: seed.
    """
    check_exact(backend)
    store = open_diagnosis(diagnosis)
    points = [
        diagnose_point(diagnosis, run, store, qubits, layers) for qubits, layers in diagnosis.points
    ]
    noisy = [diagnose_noise(diagnosis, run, store, layers) for layers in diagnosis.noisy_depths]
    spectra = [
        diagnose_spectrum(diagnosis, run, store, layers) for layers in diagnosis.spectrum_depths
    ]
    return report_diagnosis(diagnosis, backend, run, store, points, noisy, spectra)
