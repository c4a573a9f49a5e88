"""Pages and summaries of searches, QAOA and comparisons."""

import re
from dataclasses import replace

import numpy as np
import pytest
from report_pages import OVERLAPS, attributes, words
from report_searches import (
    compared_space,
    comparison,
    maxcut,
    qubo,
    search,
    surrogate,
    trial,
)

from qml_core.evaluation.report import render, summary_markdown

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
SECTIONS = {"search": search, "qaoa": maxcut, "comparison": comparison}


@pytest.fixture
def bare(binary):
    """A run with nothing but the given sections."""
    gone = dict.fromkeys(
        ("data", "circuit", "kernel", "concentration", "evaluation", "confusion", "costs")
    )
    return lambda **fields: binary(**(gone | fields))


def assert_self_contained(html):
    assert "<script" not in html
    assert not re.search(r"url\(|@import|<link|<img|<iframe", html)
    hrefs = re.findall(r'(?:href|src)="([^"]*)"', html)
    assert all(h.startswith(("#", "https://arxiv.org/abs/", "data:image/png")) for h in hrefs)
    ids = re.findall(r' id="([^"]*)"', html)
    assert len(ids) == len(set(ids))
    assert {h[1:] for h in hrefs if h.startswith("#")} <= set(ids)


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_stands_alone_and_is_linked(bare, section):
    html = render(bare(**{section: SECTIONS[section]()}))
    assert_self_contained(html)
    assert f'<section id="{section}"' in html
    assert f'href="#{section}"' in html
    assert not any(f'id="{other}"' in html for other in SECTIONS if other != section)
    assert render(bare(**{section: SECTIONS[section]()})) == html


def test_the_page_of_a_search_says_what_was_found_and_what_it_cost(bare):
    text = words(render(bare(search=search())))
    for said in (
        "maximised by qaoa over 5 variables, 600 configurations",
        "The objective is a black box and has no Hamiltonian",
        "XY mixers keep exactly one of them at 1. The circuit has 19 qubits.",
        "Best configuration, of the last rung",
        "braket.iqm.Garnet 4,000 6 240 $7.50 5 min 10 s",
        "Rung 1: $7.50 bought another best configuration.",
        "3 failed trials",
        "ValueError: singular kernel matrix",
        "drew 9,216 samples after 90 evaluations of the QAOA objective; 0 of them (0 %)",
    ):
        assert said in text


def test_a_search_without_success_surrogate_or_promotion_has_a_page(bare):
    failed = tuple(trial(k, (0, 0, 0, 0, 0), None) for k in range(3))
    html = render(
        bare(search=search(trials=failed, best=None, surrogate=None, rungs=(), importance={},
                           searcher="random", held_out=None, design=0))
    )  # fmt: skip
    assert_self_contained(html)
    text = words(html)
    assert "every trial failed" in text
    assert "Couplings" not in text
    assert "Hamiltonian" not in text


def test_large_spaces_leave_out_the_map_of_levels(bare):
    sizes = [30, 30]
    levels = {"a": tuple(range(30)), "b": tuple(range(30))}
    trials = (trial(0, (0, 29), 0.5, levels=levels), trial(1, (7, 9), 0.7, levels=levels))
    html = render(
        bare(search=search(names=("a", "b"), levels=tuple(levels.values()), trials=trials,
                           best=trials[1], surrogate=surrogate(sizes)))
    )  # fmt: skip
    assert "Pairs of variables" in html
    assert "Levels, one-hot" not in html


def test_the_page_of_a_qaoa_has_its_numbers_and_its_picture(bare):
    html = render(bare(qaoa=maxcut()))
    text = words(html)
    for said in ("Best cut 20", "Optimum −20", "Angles from published angles", "20 of 24 edges"):
        assert said in text
    assert html.count("<circle") == 16
    assert "Z(asset 1) · Z(asset 10)" in words(render(bare(qaoa=qubo())))


def test_the_page_of_a_comparison_has_each_space_and_its_verdict(bare):
    text = words(render(bare(comparison=comparison())))
    for space in comparison().spaces:
        assert space.verdict in text
    for said in ("qaoa − anneal cannot be told apart", "qaoa − random qaoa is better",
                 "Hodges-Lehmann −0.0083 [−0.0117, −0.0051]", "Friedman p &lt; 0.001",
                 "Tuning gained 0.021 of the ratio"):  # fmt: skip
        assert said in text


def test_names_of_the_user_stay_text(bare):
    levels = {HOSTILE: (HOSTILE, "b"), "C": (1, 2)}
    failed = trial(1, (0, 1), None, levels=levels, error=HOSTILE)
    done = trial(0, (0, 0), 0.5, levels=levels, source=HOSTILE, backend=HOSTILE)
    html = render(
        bare(
            search=search(
                names=tuple(levels), levels=tuple(levels.values()), trials=(done, failed),
                best=done, objective=HOSTILE, searcher=HOSTILE, importance={HOSTILE: 0.4},
                surrogate=surrogate([2, 2], kind=HOSTILE, which=HOSTILE, note=HOSTILE),
                notes=(HOSTILE,),
            ),
            qaoa=maxcut(4, problem=HOSTILE, labels=(HOSTILE, "b", "c", "d"), notes=(HOSTILE,),
                        objective=HOSTILE, start=HOSTILE, value_name=HOSTILE),
            comparison=comparison(
                spaces=(compared_space(HOSTILE, value_name=HOSTILE, area_name=HOSTILE,
                                       variables=HOSTILE),),
                method=HOSTILE,
            ),
        )
    )  # fmt: skip
    assert "<script" not in html
    assert "<img" not in html
    assert not any(name.startswith("on") for name in attributes(html))
    assert "alert(1)" in html


def test_summaries_hold_tables_verdicts_and_the_hamiltonian(bare):
    text = summary_markdown(bare(search=search(), qaoa=maxcut(), comparison=comparison()))
    best = search().top(1)[0]
    assert f"| {best.number} | {best.value:.4f} |" in text
    assert "| braket.iqm.Garnet | 4,000 | 6 | $7.50 |" in text
    assert "Each round makes one" in text
    assert "| regular.edges | 3 |" in text
    assert comparison().spaces[0].verdict in text
    assert "qaoa − random −0.0083, Holm p 0.0010 (qaoa is better)" in text
    hostile = summary_markdown(bare(qaoa=maxcut(problem=HOSTILE)))
    assert "<script" not in hostile


def test_the_largest_search_fits_in_two_megabytes(bare):
    rng = np.random.default_rng(0)
    levels = {f"group.variable_{k}": (0, 1) for k in range(60)}
    trials = tuple(
        trial(k, rng.integers(0, 2, 60), float(v) if v > 0.02 else None, levels=levels)
        for k, v in enumerate(rng.random(3000))
    )
    found = search(names=tuple(levels), levels=tuple(levels.values()), trials=trials,
                   best=trials[0], surrogate=surrogate([2] * 60), importance={})  # fmt: skip
    assert len(render(bare(search=found)).encode()) <= 2_000_000


@pytest.mark.browser
def test_pages_fit_phone_and_screen_and_ask_for_nothing(bare, browser, tmp_path):
    content = bare(search=search(), qaoa=maxcut(), comparison=comparison())
    other = replace(content, qaoa=qubo())
    for each in (content, other):
        path = tmp_path / "report.html"
        path.write_text(render(each), encoding="utf-8")
        page = browser.new_page()
        requests, complaints = [], []
        page.on("request", lambda request, seen=requests: seen.append(request.url))
        page.on("console", lambda message, said=complaints: said.append(message.text))
        page.goto(path.as_uri())
        page.eval_on_selector_all("details", "all => all.forEach(d => d.open = true)")
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
            assert page.evaluate(OVERLAPS) == []
        assert [u for u in requests if not u.startswith("data:")] == [page.url]
        assert complaints == []
        page.close()
