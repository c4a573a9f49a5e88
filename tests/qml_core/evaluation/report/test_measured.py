"""What the page says of shots: jobs, money, calibration, corrections; and of no device."""

import re
from dataclasses import replace

import numpy as np
import pytest

from qml_core.evaluation.report import render
from qml_core.evaluation.report.measured import (
    MeasuredMatrix,
    Snapshot,
    measured_sentence,
    no_device,
    snapshots,
)
from qml_core.evaluation.report.measured_charts import (
    corrected_by_raw,
    error_histogram,
    measured_plots,
)
from qml_core.specs import BackendSpec


def words(content):
    return " ".join(re.sub(r"<[^>]*>", " ", render(content)).split())


def test_jobs_money_calibration_canary_and_corrections_are_on_the_page(measured):
    text = words(measured())
    for told in (
        "Spent by this run $47.85",
        "Paid in all runs $47.85",
        "Circuits 528",
        "Shots in all 528,000",
        "Jobs 3",
        "2026-11-20 10:50 UTC 3.2 h",
        "Fidelity 0.871 95 % bound 0.889",
        "Corrections readout, depolarising",
        "Mean change of an entry 0.0412",
        "Diagonal as measured 0.713 least, 0.801 median",
        "Diagonal corrected 1.00",
        "Survival 1−λ 0.742 least, 0.826 median",
        "Median standard error 0.0164",
        "Below 1/√shots 12 %",
        "Nearest PSD matrix (clip) 0.214 away (Frobenius), not applied",
    ):
        assert told in text.replace("\u00a0", " "), told


def test_a_spend_that_nobody_knows_is_called_unknown_and_never_0(measured):
    known = measured()
    matrix = known.measurement.shown.model_copy(update={"paid": None})
    measurement = replace(
        known.measurement, matrices=(matrix,), shown=matrix, spent=None, paid=None
    )
    costs = replace(known.costs, usd=None, qpu_seconds=None)
    text = words(measured(measurement=measurement, costs=costs))
    assert "$0" not in text
    assert "spend unknown" in text
    for told in ("Spent by this run unknown", "Paid in all runs unknown", "Spent unknown"):
        assert told in text
    assert text.count("QPU time unknown") == 1


def test_exact_runs_have_no_such_section(bare_kernel):
    html = render(bare_kernel())
    assert 'id="measurement"' not in html
    assert 'class="banner"' not in html


def test_the_banner_comes_before_the_verdict(bare_kernel):
    fallback = "asked ibm.ibm_torino, ran on qml.batched because it is <offline>"
    html = render(bare_kernel(fallback=fallback))
    assert html.index("because it is &lt;offline&gt;.") < html.index("<h1")


def test_without_corrections_there_are_only_error_bars(measured):
    known = measured().measurement
    plain = known.shown.model_copy(update={"correction": None, "repaired": None})
    without = replace(known, matrices=(plain,), shown=plain)
    assert [plot.title for plot in measured_plots(without)] == ["Error bars"]
    text = words(measured(measurement=without))
    assert "Corrections none" in text
    assert "Survival" not in text


def test_the_charts_hold_what_was_measured(measured):
    found = measured().measurement
    scatter, bars = corrected_by_raw(found), error_histogram(found)
    assert scatter.marks[-1].path.count("M") == 500
    change = np.abs(found.corrected - found.raw).mean()
    assert f"corrected by {change:.4f} on average" in scatter.description
    assert bars.legend == (("mean", f"median = {np.median(found.errors):.4f}"),)


def test_charts_of_many_entries_stay_small_and_of_equal_ones_are_drawn(measured):
    many = np.linspace(0, 1, 100_001)
    found = replace(measured().measurement, raw=many, corrected=many, errors=0 * many + 0.02)
    assert corrected_by_raw(found).marks[-1].path.count("M") <= 2000
    assert error_histogram(found).y.high == pytest.approx(108)
    zero = replace(found, errors=0 * many)
    assert "nan" not in error_histogram(zero).marks[0].path


def test_a_record_that_several_matrices_used_is_told_once_with_its_oldest_age(measured):
    matrix = measured().measurement.shown

    def used(age, blocks):
        snapshot = Snapshot(digest="ab" * 32, age_h=age, blocks=blocks)
        return matrix.model_copy(update={"calibrations": (snapshot,)})

    (found,) = snapshots([used(1.0, 2), used(None, 1), used(5.0, 3), used(2.0, 1)])
    assert (found.age_h, found.blocks) == (5.0, 7)


@pytest.mark.parametrize(
    ("name", "more", "said"),
    [
        ("ibm.ibm_torino", {}, None),
        ("braket.iqm.Garnet", {}, None),
        ("ibm.fake_manila", {}, "simulated on this machine after a stored calibration"),
        ("ionq.simulator", {}, "a simulator of its provider"),
        ("qiskit.aer", {"noise": "ibm.fake_manila"}, "simulates the noise of ibm.fake_manila"),
        ("default.mixed", {}, "without noise"),
        ("qml.batched", {"shots": 100}, "without noise"),
    ],
)
def test_what_is_no_device_says_so(name, more, said):
    spec = BackendSpec(name=name, **more)
    found = no_device(spec)
    sentence = measured_sentence(spec)
    if said is None:
        assert found is None
        assert "no device" not in sentence
    else:
        assert said in found
        assert found.endswith("no device")
        assert "(simulated, no device)" in sentence


def test_the_verdict_of_an_exact_run_is_left_alone():
    assert measured_sentence(BackendSpec()) == ""
    adaptive = BackendSpec(name="ibm.ibm_torino", shots=2000, allocation="adaptive")
    assert measured_sentence(adaptive) == (
        "Measured with up to 2,000 shots a circuit on ibm.ibm_torino."
    )


def test_records_of_matrices_survive_json(measured):
    matrix = measured().measurement.shown
    assert MeasuredMatrix.model_validate_json(matrix.model_dump_json()) == matrix
