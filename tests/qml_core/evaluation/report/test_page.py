"""The page is valid, self-contained, safe and complete."""

import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from qml_core.evaluation.report import render
from qml_core.evaluation.report.approximation import Approximation
from qml_core.evaluation.report.content import Confusion, Residuals
from qml_core.kernels.rounding import Rounding
from qml_core.references import Interval

VOID = {"meta", "link", "br", "hr", "img", "input", "wbr"}
KINDS = ("binary", "three_classes", "regression", "bare_kernel", "large", "measured", "variational")
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


class Page(HTMLParser):
    """Elements with their attributes and text; asserts that every tag closes in order."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.open, self.text = [], [], []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.text.append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]

    @property
    def words(self):
        return " ".join(" ".join(self.text).split())


@pytest.fixture(params=KINDS)
def html(request):
    return render(request.getfixturevalue(request.param)())


def test_every_tag_closes_ids_are_unique_and_links_lead_somewhere(html):
    page = Page(html)
    ids = Counter(attrs["id"] for _, attrs in page.elements if "id" in attrs)
    assert max(ids.values()) == 1
    targets = [attrs["href"][1:] for attrs in page.all("a") if attrs["href"].startswith("#")]
    assert targets
    assert set(targets) <= set(ids)


def test_nothing_is_loaded_from_anywhere(html):
    page = Page(html)
    assert not page.all("script") + page.all("link") + page.all("iframe") + page.all("img")
    sources = [
        v for tag, a in page.elements if tag != "a" for k, v in a.items() if k in ("src", "href")
    ]
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    assert not re.search(r"url\(|@import", html)
    links = [a["href"] for a in page.all("a") if not a["href"].startswith("#")]
    assert all(link.startswith("https://arxiv.org/abs/") for link in links)


def test_figures_have_words_and_tables_have_headers(html):
    page = Page(html)
    drawings = [a for a in page.all("svg") if a.get("aria-hidden") != "true"]
    assert drawings
    assert all(a["role"] == "img" and len(a["aria-label"]) > 20 for a in drawings)
    assert all(a.get("scope") in ("row", "col", "colgroup") for a in page.all("th"))
    assert html.count("<table") <= html.count('scope="row"')


def test_the_verdict_is_the_first_heading_and_the_command_follows(binary):
    page = Page(render(binary()))
    assert page.words.index(binary().verdict) < page.words.index("Held-out results")
    assert binary().command in page.words
    assert "20261120-140312-4f9a1c" in page.words
    assert "2026-11-20 14:03 UTC" in page.words


def test_the_numbers_of_the_content_are_in_the_page(binary):
    words = Page(render(binary())).words
    for text in ("0.956 [0.944, 0.969]", "545 of 570 correct", "198 93", "24.0 s"):
        assert text in words.replace("\u00a0", " ")


def test_the_same_content_gives_the_same_page(binary):
    assert render(binary()) == render(binary())


OPTIONAL = {
    "evaluation": "held-out",
    "confusion": "mistakes",
    "data": "data",
    "circuit": "circuit",
    "kernel": "kernel",
}


@pytest.mark.parametrize(("field", "section"), OPTIONAL.items())
def test_a_section_without_content_vanishes_with_its_link(binary, field, section):
    assert f'<section id="{section}"' in render(binary())
    without = render(binary(**{field: None}))
    Page(without)
    assert f'id="{section}"' not in without
    assert f'href="#{section}"' not in without


def test_the_barest_run_still_has_a_page(binary):
    nothing = dict.fromkeys((*OPTIONAL, "concentration", "residuals", "costs"))
    page = Page(render(binary(**nothing)))
    assert "What was asked" in page.words
    assert "Provenance" in page.words
    assert "Concentration" not in page.words


def test_names_of_the_user_cannot_become_markup(binary):
    content = binary(
        title=HOSTILE,
        verdict=HOSTILE,
        command=HOSTILE,
        run_id=HOSTILE,
        asked={HOSTILE: {HOSTILE: HOSTILE}},
        provenance={HOSTILE: [HOSTILE]},
        data=replace(
            binary().data, name=HOSTILE, target=HOSTILE, classes={HOSTILE: 3}, notes=(HOSTILE,)
        ),
        circuit=replace(binary().circuit, drawing=HOSTILE, gates={HOSTILE: 1}),
        kernel=replace(binary().kernel, classes=(HOSTILE, "b")),
        evaluation=replace(binary().evaluation, quantum_name=HOSTILE, method=HOSTILE),
        confusion=Confusion((HOSTILE, "b"), np.eye(2, dtype=np.int64)),
    )
    page = Page(render(content))
    assert not page.all("script") + page.all("img")
    assert not any(name.startswith("on") for _, attrs in page.elements for name in attrs)
    assert "alert(1)" in page.words


@pytest.mark.parametrize(
    ("url", "linked"), [("https://doi.org/10.1038/x", True), ("javascript:alert(1)", False)]
)
def test_only_https_papers_become_links(binary, url, linked):
    paper = replace(binary().circuit.paper, text="A paper", url=url)
    page = Page(render(binary(circuit=replace(binary().circuit, paper=paper))))
    assert (url in [attrs["href"] for attrs in page.all("a")]) == linked
    assert "A paper" in page.words


def test_the_largest_run_fits_in_two_megabytes(binary):
    rng = np.random.default_rng(0)
    rows, classes = 400, tuple(f"class {i}" for i in range(100))
    counts = rng.integers(0, 5, (100, 100))
    kernel = replace(
        binary().kernel,
        heat=rng.random((rows, rows)),
        labels=np.sort(rng.integers(0, 100, rows)),
        classes=classes,
        eigenvalues=np.sort(rng.random(4000))[::-1],
        off_diagonal=rng.random(200_000),
    )
    splits = tuple(replace(binary().evaluation.splits[0], seed=seed) for seed in range(100))
    residuals = rng.random(100_000)
    content = binary(
        kernel=kernel,
        circuit=replace(binary().circuit, drawing="\n".join(["─" * 100_000] * 20)),
        confusion=Confusion(classes, counts, counts),
        residuals=Residuals(residuals, residuals, residuals),
        evaluation=replace(binary().evaluation, splits=splits),
        provenance={f"matrix {i}": "0" * 2000 for i in range(5000)},
    )
    page = render(content)
    Page(page)
    assert len(page.encode()) <= 2_000_000


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["ink", "soft", "quantum", "baseline", "chosen", "reference"])
def test_text_and_lines_reach_contrast_aa_on_both_papers(binary, theme, name):
    colours = {
        key: re.findall(rf"--{key}: (#\w{{6}})", render(binary())) for key in ("paper", name)
    }
    dark, light = sorted(luminance(colours[key][theme]) for key in ("paper", name))
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_the_error_of_single_precision_stands_beside_the_kernel(binary):
    measured = Rounding(
        how="computed in complex64, stored as float32",
        rows=300,
        entries=45_150,
        largest=4.56e-6,
        rms=2.18e-7,
        min_eigenvalue=-1.234e-7,
        min_eigenvalue_double=5.67e-9,
    )
    words = Page(render(binary(kernel=replace(binary().kernel, rounding=measured)))).words
    assert "Rounding Largest error 4.56×10⁻⁶ RMS error 2.18×10⁻⁷" in words
    assert "Smallest λ, stored −1.23×10⁻⁷ Smallest λ, double 5.67×10⁻⁹" in words
    assert "Computed in complex64, stored as float32: 45,150 entries of 300 rows" in words
    assert "Rounding" not in Page(render(binary())).words


def test_an_approximation_says_its_landmarks_and_its_error(binary):
    approximation = Approximation(
        landmarks=90, asked=100, choice="drawn at random", rows=4000, rank=88,
        relative=Interval(value=0.0123, low=0.0111, high=0.0137),
        rmse=2e-3, largest=0.05, bound=0.21, entries=1000,
    )  # fmt: skip
    kernel = replace(binary().kernel, approximation=approximation)
    words = Page(render(binary(kernel=kernel))).words
    for said in ("90 of 4,000 rows, drawn at random", "0.0123", "0.21", "88", "1,000 entries",
                 "100 landmarks asked for, 90 rows are distinct"):  # fmt: skip
        assert said in words.replace("\u00a0", " ")
    assert "Nyström" not in Page(render(binary())).words
