"""Pages and summaries of benchmarks."""

import math
import re
from dataclasses import replace

import pytest
from report_benchmarks import (
    CLASSICAL,
    CONTROLS,
    OUTCOMES,
    QUANTUM,
    around,
    benchmark,
    fold_score,
    judgement,
    learning,
    model_score,
    screens,
    verdict_and_folds,
)
from report_pages import attributes, words

from qml_core.errors import SpecError
from qml_core.evaluation.report import render, summary_markdown
from qml_core.evaluation.report.benchmark import BenchmarkSection, differences_of
from qml_core.references.benchmark import PairedTest

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
TWENTY = (*QUANTUM, *CLASSICAL, *CONTROLS, *(f"classical {k}" for k in range(5)))


def alone(verdict, folds=(), **more):
    """A section of one verdict, differences made of its folds."""
    return BenchmarkSection(
        data=(verdict,), folds=tuple(folds), differences=differences_of([verdict], folds), **more
    )


def row_of(html, model):
    """The table row of a model."""
    name = re.escape(model).replace("_", "_(?:<wbr>)?")
    start = rf'<tr class="[^"]*"><th[^>]*>(?:(?!</tr>).)*{name}(?:<wbr>)?</span>'
    return re.search(start + ".*?</tr>", html, re.DOTALL).group()


def assert_self_contained(html):
    assert "<script" not in html
    assert not re.search(r"url\(|@import|<link|<img|<iframe", html)
    hrefs = re.findall(r'(?:href|src)="([^"]*)"', html)
    assert all(h.startswith(("#", "https://arxiv.org/abs/", "file:///home/ada")) for h in hrefs)
    ids = re.findall(r' id="([^"]*)"', html)
    assert len(ids) == len(set(ids))
    assert {h[1:] for h in hrefs if h.startswith("#")} <= set(ids)


@pytest.mark.parametrize("data_sets", [1, 2])
def test_a_benchmark_stands_alone_and_gives_the_same_page_twice(benchmark_page, data_sets):
    html = render(benchmark_page(benchmark(data_sets)))
    assert_self_contained(html)
    assert html.index("<h1") < html.index("<table")
    assert html == render(benchmark_page(benchmark(data_sets)))


def test_the_page_says_what_is_decided_and_on_what_it_rests(benchmark_page):
    text = words(render(benchmark_page(benchmark())))
    for said in (
        "Neither a difference nor its absence is shown.",
        "takes about 2,140 rows, of which there are 569; no number of repeats on these rows",
        "None that matters: within ±0.01 of rbf_svm with probability 0.620.",
        "0.62 over quantum models and metrics; α = 0.05",
        "62 % probability to be within ±0.01 of the reference; 95 % is needed",
        "Wilcoxon over folds, anti-conservative",
        "decides nothing: folds overlap",
        "qsvc iqp: Do not pay for this: use rbf_svm",
        "✗ against geometric difference 3.1 (limit 14.1). It is far below √N",
        "qsvc iqp, no entanglers",
        "Fitted again on shares of the training rows",
    ):
        assert said in text
    assert "Critical-difference diagram" not in text


def test_every_outcome_has_words_and_a_sign_of_its_own(benchmark_page):
    verdict, _ = verdict_and_folds()
    made = [
        judgement(QUANTUM[0], outcome, verdict.tests, "accuracy", difference=around(0.024, 0.01),
                  corrected=0.012, repeats=40) for outcome in OUTCOMES
    ]  # fmt: skip
    texts = [
        words(render(benchmark_page(alone(verdict.model_copy(update={"judgements": (j,)})))))
        for j in made
    ]
    said = (
        "? inconclusive Neither a difference nor its absence is shown. +0.024 [+0.014, +0.034] "
        "against rbf_svm. To find a difference of 0.01 with 80 % power takes about 2,140 rows, of "
        "which there are 569, or 40 repeats on these rows.",
        "= no difference None that matters: within ±0.01 of rbf_svm with probability 0.620.",
        "▼ classical better rbf_svm is better by more than the threshold of 0.01",
        "▲ advantage Better than every tuned classical model: +0.024 [+0.014, +0.034] over rbf_svm",
    )
    for text, sentence in zip(texts, said, strict=True):
        assert sentence in text
    assert "Per accuracy point $12.50 over the reference" in texts[3]
    assert "Per accuracy point — no gain is shown" in texts[0]


def test_kinds_and_the_recommended_model_are_told_without_colour(benchmark_page):
    verdict, folds = verdict_and_folds(recommended="knn")
    html = render(benchmark_page(alone(verdict, folds)))
    for model, kind in (("qsvc iqp", "quantum"), ("mlp", "classical"), (CONTROLS[1], "control")):
        assert re.search(rf'"interval">{kind}\b', row_of(html, model))
    marked = [m for m in (*QUANTUM[:2], *CLASSICAL) if "recommended</span>" in row_of(html, m)]
    assert marked == ["knn"]
    shapes = {re.search(r'd="([^"]*)"/></svg>', row_of(html, m)).group(1)
              for m in ("mlp", CONTROLS[1])}  # fmt: skip
    assert len(shapes) == 2


def test_every_number_of_the_table_leads_to_the_records_of_its_folds(benchmark_page):
    section = benchmark()
    html = render(benchmark_page(section))
    row = row_of(html, "xgboost")
    anchors = set(re.findall(r'href="#([^"]*)"', row))
    assert len(anchors) == 1
    assert row.count("recorded") >= len(section.data[0].scores[0].metrics) + 2
    listed = re.search(rf'<tr id="{anchors.pop()}">.*?</tr>', html, re.DOTALL).group()
    uris = [f.uri for f in section.folds if f.model == "xgboost"]
    assert re.findall(r'href="([^"]*)"', listed) == uris
    assert section.table in html


def test_numbers_of_a_learning_curve_lead_to_folds_of_that_share(benchmark_page):
    verdict, folds = verdict_and_folds()
    half = fold_score("breast_cancer", "knn", (0, 0), {"accuracy": 0.91}, share=0.5, n_train=227,
                      path="folds/half.parquet")  # fmt: skip
    curves = {"breast_cancer": learning(verdict)}
    html = render(benchmark_page(alone(verdict, [*folds, half], learning=curves)))
    place = re.search(r'<tr id="([^"]*)"><th scope="row">knn, 50\s%', html).group(1)
    assert re.search(rf'<a class="recorded" href="#{place}"', html)
    assert html.count(half.uri) == 1


def test_a_failed_fold_is_named_and_left_out_of_the_differences(benchmark_page):
    section = benchmark(failed=("qsvc iqp",))
    values = section.differences["breast_cancer"]["qsvc iqp", "rbf_svm"]
    assert len(values) == 25
    assert [k for k, v in enumerate(values) if math.isnan(v)] == [1]
    text = words(render(benchmark_page(section)))
    assert "qsvc iqp, repeat 1, fold 2: LinAlgError: the kernel matrix is singular" in text
    assert "1 failed" in text
    assert "2 failed folds are left out." in text


def test_models_and_judgements_without_any_value_have_a_page(benchmark_page):
    broken = model_score("qsvc iqp", 0.9, "classification", True, metrics={}, inner_score=None,
                         folds=0, failed=25, seconds=0.0)  # fmt: skip
    fine = model_score("rbf_svm", 0.95, "classification", False)
    nothing = judgement("qsvc iqp", "inconclusive", (), "accuracy", p=None, corrected=None,
                        hardest="", reference="", equivalent=None, samples=None,
                        notes=("Every fold of qsvc iqp failed.",))  # fmt: skip
    test = PairedTest(model="qsvc iqp", against="rbf_svm", folds=0)
    verdict, _ = verdict_and_folds(
        models=("qsvc iqp", "rbf_svm"), scores=(broken, fine), judgements=(nothing,),
        tests=(test,), controls=(test,), recommended="",
    )  # fmt: skip
    html = render(benchmark_page(alone(verdict)))
    assert_self_contained(html)
    assert "Every fold of qsvc iqp failed." in html
    assert "fold by fold" not in html
    none = verdict.model_copy(update={"scores": (broken,)})
    assert "against cost" not in render(benchmark_page(alone(none)))
    assert "| qsvc iqp | **? inconclusive** | – | – | – | – | — | – |" in summary_markdown(
        benchmark_page(alone(verdict))
    )


@pytest.mark.parametrize(
    ("models", "data_sets"), [(("qsvc iqp",), 1), (("rbf_svm",), 12), (TWENTY, 1), (TWENTY, 12)]
)
def test_one_model_and_twenty_on_one_data_set_and_twelve(benchmark_page, models, data_sets):
    section = benchmark(data_sets, models=models)
    html = render(benchmark_page(section))
    assert_self_contained(html)
    assert len(html.encode()) <= 2_000_000
    assert html.count('id="data-set-') == 2 * data_sets
    summary_markdown(benchmark_page(section))


@pytest.mark.parametrize(
    ("data_sets", "models"),
    [(13, ("qsvc iqp", "vqc angle", "rbf_svm")), pytest.param(64, TWENTY, marks=pytest.mark.slow)],
)
def test_of_very_many_data_sets_the_first_have_charts(benchmark_page, data_sets, models):
    html = render(benchmark_page(benchmark(data_sets, models=models)))
    assert_self_contained(html)
    assert len(html.encode()) <= 2_000_000
    quantum = sum(model in QUANTUM for model in models)
    assert html.count("fold by fold</h3>") == quantum * 6
    assert html.count('id="data-set-') == 2 * data_sets


def test_several_data_sets_begin_with_a_table_of_verdicts(benchmark_page):
    section = benchmark(6)
    html = render(benchmark_page(section))
    assert "Critical-difference diagram" in html
    first = html[html.index('<table class="wide first-wraps verdicts">') :]
    for k, verdict in enumerate(section.data, 1):
        assert f'<a href="#data-set-{k}">{verdict.data}</a>' in first
    text = words(html)
    assert "Friedman&#39;s test over 6 data sets: p &lt; 0.001" in text
    assert "Advantage 2 of 12 verdicts, 6 data sets" in text


def test_names_of_the_user_stay_text(benchmark_page):
    verdict, folds = verdict_and_folds(HOSTILE, sentence=HOSTILE)
    found = judgement("qsvc iqp", "advantage", (), "accuracy", hardest=HOSTILE, notes=(HOSTILE,))
    verdict = verdict.model_copy(update={"recommended": HOSTILE, "judgements": (found,)})
    bad = fold_score(HOSTILE, "qsvc iqp", (0, 0), {}, error=HOSTILE)
    section = alone(verdict, [*folds, bad], screens=screens(HOSTILE), notes=(HOSTILE,),
                    method=HOSTILE, table=f"javascript:alert(3)//{HOSTILE}")  # fmt: skip
    content = benchmark_page(
        replace(section, data=(verdict, verdict.model_copy(update={"data": "wine"})))
    )
    html = render(content)
    assert "<script" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html
    assert not any(name.startswith("on") for name in attributes(html))
    assert "alert(1)" in html
    assert "<script" not in summary_markdown(content)


def test_a_section_needs_data_sets_of_different_names():
    verdict, _ = verdict_and_folds()
    with pytest.raises(SpecError, match="each name once"):
        BenchmarkSection(data=(verdict, verdict))
    with pytest.raises(SpecError, match="found data sets none"):
        BenchmarkSection(data=())


def test_the_summary_has_verdicts_models_and_screens(benchmark_page):
    text = summary_markdown(benchmark_page(benchmark()))
    assert "| breast\\_cancer | qsvc iqp | **? inconclusive** | +0.0" in text
    assert "| Model | Kind | Accuracy | Balanced accuracy | F1 (macro) | Time | Cost |" in text
    assert " (recommended) | " in text
    assert "- Screen: do not pay for qsvc iqp on breast\\_cancer; use rbf\\_svm." in text
    several = summary_markdown(benchmark_page(benchmark(6)))
    assert "| wine | qsvc iqp | **= no difference** |" in several
    assert "| Model | Kind |" not in several
