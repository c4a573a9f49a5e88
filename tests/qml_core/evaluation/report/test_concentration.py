"""What the report says of trained kernels."""

import re
from dataclasses import replace

from qml_core.evaluation.report import render
from qml_core.evaluation.report.concentration import (
    BandwidthCandidate,
    Concentration,
    training_notes,
)
from qml_core.evaluation.report.concentration_charts import mean_by_bandwidth
from qml_core.references import KernelTraining

TRAINING = KernelTraining(bandwidth=0.1, steps=1, rows=142, before=0.25, after=0.5, seconds=0)
TRAINED = BandwidthCandidate(
    0.31, 0.4, 0.1, 0.9, chosen=True, weights=(1.0, -0.25), training=TRAINING
)


def test_the_notes_tell_steps_rows_and_weights_of_the_chosen_kernel():
    first, second = training_notes(TRAINED)
    assert "1 step from" in first
    assert "142 training rows" in first
    assert second == "Weights of the features in the chosen kernel: 1, −0.25."
    assert training_notes(BandwidthCandidate(0.31, 0.4, 0.1)) == ()


def test_of_many_weights_the_first_are_shown():
    many = BandwidthCandidate(0.3, 0.4, 0.1, weights=(0.5,) * 100, training=TRAINING)
    assert training_notes(many)[1].endswith("0.5 and 68 more in the run's record.")


def test_bandwidths_that_met_each_other_are_not_named_on_top_of_each_other():
    near = tuple(BandwidthCandidate(b, 0.4, 0.1) for b in (0.31, 0.312, 0.9))
    far = tuple(BandwidthCandidate(b, 0.4, 0.1) for b in (0.1, 0.3, 0.9))
    assert [label for _, label in mean_by_bandwidth(Concentration(far, 16)).x.ticks()] == [
        "0.1", "0.3", "0.9",
    ]  # fmt: skip
    assert "0.312" not in dict(mean_by_bandwidth(Concentration(near, 16)).x.ticks()).values()


def test_the_page_shows_alignments_where_kernels_were_trained_and_only_there(binary):
    content = binary()
    assert "Kernel training" not in render(content)
    trained = replace(content.concentration, candidates=(TRAINED,))
    page = render(replace(content, concentration=trained))
    rows = re.sub(r"<[^>]*>", " ", page[page.index("<h3>Kernel training") :]).split()
    assert rows[:6] == ["Kernel", "training", "Bandwidth", "Alignment", "Trained", "Alignment"]
    assert rows[6:11] == ["0.1", "0.250", "0.31", "chosen", "0.500"]


def test_of_a_projected_kernel_nothing_is_said_of_overlaps(binary, bare_kernel):
    for content in (binary(), bare_kernel()):
        kernel = replace(content.kernel, dimension=None)
        concentration = content.concentration and replace(content.concentration, dimension=None)
        page = render(replace(content, kernel=kernel, concentration=concentration, verdict="."))
        for words in ("1/d", "verlaps of"):
            assert words in render(content)
            assert words not in page
        assert "Projected kernel: 1 for the same reduced states" in page


def test_one_over_the_dimension_of_a_thousand_qubits_stays_off_the_axis():
    far = tuple(BandwidthCandidate(b, 0.4, 0.1) for b in (0.1, 0.3, 0.9))
    plot = mean_by_bandwidth(Concentration(far, 2**1200))
    assert plot.y.low == 0.05
    assert plot.legend[-1] == ("reference", "1/d = 2⁻¹²⁰⁰, below the axis")
    assert len(plot.marks) == len(mean_by_bandwidth(Concentration(far, 16)).marks) - 1
