"""The correction of kernels on a simulated device: one job, and errors that meet the bar."""

import numpy as np
import pytest

from bench import mitigation


def test_one_small_matrix_is_corrected() -> None:
    found = mitigation.measure(rows=5, shots=4096, high=1.0, seed=1)
    assert found["raw"] > found["readout"] > 0.05
    assert found["readout + depolarising"] < 0.025


def test_seventy_eight_circuits_are_one_job(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs: list[int] = []

    def none_runs(circuits, shots, seed, name):
        jobs.append(len(circuits))
        raise StopIteration

    monkeypatch.setattr(mitigation, "run_one_job", none_runs)
    with pytest.raises(StopIteration):
        mitigation.measure(rows=12, shots=4096, high=1.0, seed=1)
    assert jobs == [78]


@pytest.mark.slow
@pytest.mark.parametrize("kind", mitigation.DATA)
def test_the_correction_meets_its_bar_over_five_data_sets(kind: str) -> None:
    table = mitigation.compare(kind, rows=12, shots=4096, seeds=5)
    assert table.rows[-1].verdict == "met"
    raw, readout, both = (row.ratio for row in table.rows)
    assert raw > readout > both


def test_a_stale_record_is_off_by_up_to_a_fifth() -> None:
    from qml_core.hardware.calibration import load_calibration

    record = load_calibration("ibm.fake_manila")
    found = mitigation.stale(record, np.random.default_rng(0))
    for old, new in zip(record.qubits, found.qubits, strict=True):
        assert 0.8 * old.p01 <= new.p01 <= 1.2 * old.p01
        assert new.p01 != old.p01
