"""The page of a variational model says what its training, boundary and probabilities say."""

import re
from dataclasses import replace

import numpy as np
import pytest
from report_training import boundary, grown, history, picture, reliability, with_shots

from qml_core.evaluation.report import render, summary_markdown
from qml_core.evaluation.report.content import Costs

HOSTILE = '"><script>alert(1)</script>'
GRADIENTS = ("gradient_norm", "gradient_variance", "signal_to_noise")


def words(content):
    text = re.sub(r"<style>.*?</style>", "", render(content), flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", text).split()).replace("\u00a0", " ")


def numbers_drawn(html):
    return re.findall(r'<path[^>]* d="([^"]*)"', html)


def test_all_sections_of_a_training_are_there_and_linked(variational):
    html = render(variational())
    for section in ("held-out", "mistakes", "calibration", "boundary", "training", "circuit"):
        assert f'<section id="{section}"' in html
        assert f'<a href="#{section}">' in html


@pytest.mark.parametrize(
    ("field", "section"),
    [("training", "training"), ("boundary", "boundary"), ("reliability", "calibration")],
)
def test_a_section_without_content_vanishes_with_its_link(variational, field, section):
    html = render(variational(**{field: None}))
    assert f'id="{section}"' not in html
    assert f'href="#{section}"' not in html


def test_epochs_parameters_rows_and_times_are_told(variational):
    text = words(variational())
    assert "Parameters 96 Epochs 18 to 30 Best epoch 10 to 16" in text
    assert "Rows trained on + validation 387 + 68" in text
    assert "Time of all epochs 1 min 36 s Time of an epoch 800 ms" in text
    assert "Circuits of all epochs none, exact values" in text


def test_circuits_shots_and_price_are_told_where_there_are_shots(variational):
    text = words(variational(training=picture(with_shots(), shots=24_800 * 1024, asked_epochs=30)))
    assert "Epochs 20 of 30" in text
    assert "Circuits of all epochs 24,800 Shots of all epochs 25,395,200" in text
    assert "Price of all epochs, at most $8.60" in text


def test_warnings_and_reasons_to_stop_stand_at_the_top_once_for_all_their_splits(variational):
    text = words(variational(training=picture(with_shots())))
    first = text.index("the training sits on a plateau")
    assert first < text.index("Ended after epoch 20: no better validation loss in 8 epochs.")
    assert first < text.index("Rows trained on")
    same = replace(with_shots(), seed=1)
    told = picture(with_shots(), same, replace(history(2), warnings=("Other.",))).sentences
    assert [sentence.split(":")[0] for sentence in told] == [
        "Splits 0, 1",
        "Split 2",
        "Splits 0, 1",
    ]
    assert picture(with_shots(), same).sentences[0].startswith("All splits: The gradient variance")


def test_epochs_of_the_first_split_are_listed_with_the_best_marked(variational):
    html = render(variational(training=picture(history(columns={"loss": np.arange(30) + 0.125}))))
    best = history().best_epoch
    rows = re.findall(r'<tr(?: class="primary")?><th scope="row">(\d+)(.*?)</tr>', html, re.S)
    listed = {int(epoch): rest for epoch, rest in rows if "ms</td>" in rest}
    assert sorted(listed) == list(range(1, 31))
    assert [epoch for epoch, rest in listed.items() if ">best<" in rest] == [best]
    assert "<td>6.12</td>" in listed[7]


def test_a_long_training_lists_forty_epochs_and_the_best(variational):
    text = words(variational(training=picture(history(epochs=2000, best_epoch=1234))))
    assert "41 of 2,000 epochs" in text
    assert re.search(r"1,234 best ", text)


def test_a_trained_circuit_is_told_with_ansatz_layers_parameters_and_measurement(variational):
    text = words(variational())
    assert "Encoding angle Ansatz hardware_efficient Layers 4 Parameters 96 Qubits 10" in text
    assert "Measurement ⟨Z⟩ of qubit 0" in text
    assert "arXiv:1704.05018" in text
    assert "Bandwidth" not in text


def test_the_circuit_of_a_kernel_is_told_as_an_encoding(binary):
    text = words(binary())
    assert "The encoding that turns one row into a quantum state." in text
    assert "Depth 93 Bandwidth 0.2" in text
    for word in ("Ansatz", "Layers", "Measurement ⟨"):
        assert word not in text


def test_splits_show_epochs_where_kernels_show_bandwidth_and_c(variational, binary):
    text = words(variational())
    assert "Accuracy Epochs Best epoch Accuracy Inner score Parameters" in text
    assert re.search(r"0 455 \+ 114 0\.\d+ \[[^]]*\] 30 20 ", text)
    assert "The RBF-SVM chose among 25 configurations" in text
    assert "Inner score Bandwidth C" in words(binary())


def test_costs_count_epochs_where_kernels_count_blocks(variational, binary):
    costs = Costs(
        (("training", 9.0),), epochs_computed=120, epochs_reused=30, circuits=7, shots=7168
    )
    text = words(variational(costs=costs))
    assert "Epochs computed 120 Epochs reused 30 Circuits 7 Shots 7,168" in text
    assert "Blocks" not in text
    assert "Epochs" not in words(binary())


def test_brier_score_and_calibration_error_stand_beside_the_baseline(variational):
    curves = reliability().curves
    text = words(variational())
    for curve in curves:
        assert f"{curve.name} {curve.brier:.3g} {curve.ece:.3g} 570" in text
    assert "P(benign)" in text


@pytest.mark.parametrize("columns", [{}, dict.fromkeys(GRADIENTS, np.full(9, np.nan))])
def test_statistics_that_nobody_knows_leave_no_chart(variational, columns):
    html = render(variational(training=picture(history(epochs=9, columns=columns))))
    assert ("<h3>Gradient norm</h3>" in html) != bool(columns)
    assert "<h3>Gradient signal to noise</h3>" not in html
    assert "nan" not in " ".join(numbers_drawn(html))


@pytest.mark.parametrize(
    "training",
    [
        picture(history(epochs=1)),
        picture(
            history(epochs=1, columns={"loss": [np.nan], "validation_loss": [0.0]}, best_epoch=1)
        ),
        picture(history(epochs=2, columns={"loss": [1e300, 1e-300], "seconds": [np.nan, 1.0]})),
        picture(history(epochs=5, columns={"gradient_norm": [0, 1e-320, np.nan, np.inf, 1]})),
        picture(*(history(seed, 200 - 45 * seed) for seed in range(5))),
        picture(history(epochs=3, layers=0)),
        picture(grown()),
        picture(with_shots(), parameters=None),
    ],
    ids=["one", "unknown", "huge", "zero", "many", "no layers", "grown", "shots"],
)
def test_extreme_histories_have_a_page_whose_numbers_are_finite(variational, training):
    html = render(variational(training=training))
    assert "nan" not in " ".join(numbers_drawn(html))
    assert "inf" not in " ".join(numbers_drawn(html))
    assert len(html.encode()) < 2_000_000


def test_the_longest_training_of_the_most_splits_fits_in_two_megabytes(variational):
    rng = np.random.default_rng(0)
    noise = {name: rng.random(1000) for name in ("loss", "score", "validation_loss", *GRADIENTS)}
    histories = (history(seed, 1000, layers=64, columns=noise) for seed in range(100))
    content = variational(training=picture(*histories), boundary=boundary(("a", "b", "c") * 4))
    assert len(render(content).encode()) < 2_000_000


def test_names_of_the_user_cannot_become_markup(variational):
    training = picture(
        replace(with_shots(), warnings=(HOSTILE,), stopped=HOSTILE), notes=(HOSTILE,)
    )
    named = boundary((HOSTILE, "b"))
    content = variational(
        training=training,
        boundary=replace(named, x_name=HOSTILE, y_name=HOSTILE, notes=(HOSTILE,)),
        reliability=replace(reliability(), event=f"P({HOSTILE})"),
        circuit=replace(variational().circuit, ansatz=HOSTILE, measurement=HOSTILE),
    )
    assert "<script" not in render(content)
    assert "<script" not in summary_markdown(content)


def test_the_summary_tells_training_warnings_and_calibration(variational):
    text = summary_markdown(variational(training=picture(with_shots(), asked_epochs=30)))
    assert "| 1 split | 20 of 30 | 12 | 96 | 16.0\u00a0s | 24,800 | $8.60 |" in text
    assert "- Ended after epoch 20: no better validation loss in 8 epochs." in text
    curve = reliability().curves[0]
    assert f"| VQC | {curve.brier:.3g} | {curve.ece:.3g} |" in text


def test_a_training_without_held_out_rows_leads_with_its_epochs(variational):
    text = words(variational(evaluation=None, confusion=None))
    assert "Epochs 18 to 30 best 10 to 16 Parameters 96 Time taken 1 min 48 s" in text
