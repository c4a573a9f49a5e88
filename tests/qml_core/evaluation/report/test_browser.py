"""The page in Chromium: phone and wide screen, light and dark."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from qml_core.evaluation.report import render

pytestmark = pytest.mark.browser

SCREENS = [(390, "light"), (390, "dark"), (1600, "light"), (1600, "dark")]
KINDS = ("binary", "three_classes", "regression", "bare_kernel", "large")

LOADED = """async () => {
  const images = [...document.querySelectorAll("image, img")];
  for (const image of images) {
    const copy = new Image();
    copy.src = image.getAttribute("href") || image.src;
    await copy.decode();
    if (copy.naturalWidth === 0) return -1;
  }
  return images.length;
}"""
SPILLED = """() => [...document.querySelectorAll("main *")].filter(element =>
  !element.closest(".box") && element.getBoundingClientRect().right > window.innerWidth + 0.5
).map(element => element.outerHTML.slice(0, 80))"""


class Visit:
    """A page opened at one size and colour scheme, with all it complained of and asked for."""

    def __init__(self, browser, path, width, scheme):
        self.page = browser.new_page(
            viewport={"width": width, "height": 900}, color_scheme=scheme, device_scale_factor=1
        )
        self.complaints, self.requests = [], []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.as_uri())
        self.page.eval_on_selector_all("details", "all => all.forEach(d => d.open = true)")


@pytest.fixture(params=SCREENS, ids=lambda screen: f"{screen[0]}-{screen[1]}")
def visit(request, browser, tmp_path) -> Iterator:
    visits = []

    def open_page(content):
        path = tmp_path / "report.html"
        path.write_text(render(content), encoding="utf-8")
        visits.append(Visit(browser, path, *request.param))
        return visits[-1]

    yield open_page
    for each in visits:
        each.page.close()


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_fits_the_screen_loads_all_and_asks_for_nothing(request, visit, kind):
    opened = visit(request.getfixturevalue(kind)())
    page = opened.page
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate(SPILLED) == []
    assert page.evaluate(LOADED) == 2
    assert opened.complaints == []
    assert [url for url in opened.requests if not url.startswith("data:")] == [page.url]


def test_long_names_do_not_push_the_page_wider_than_the_screen(binary, visit):
    name = "a_very_long_name_without_any_blank" * 8
    content = binary(
        title=name,
        verdict=f"On {name} nothing can be said.",
        command=f"qml train {name}",
        provenance={name: name},
        data=replace(binary().data, name=name, target=name, classes={name: 3}),
        kernel=replace(binary().kernel, classes=(name, "b")),
        confusion=replace(binary().confusion, classes=(name, "b")),
        evaluation=replace(binary().evaluation, quantum_name=name),
    )
    page = visit(content).page
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate(SPILLED) == []


def test_the_colour_scheme_of_the_reader_is_followed(binary, visit, request):
    page = visit(binary()).page
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    dark = request.node.callspec.params["visit"][1] == "dark"
    assert background == ("rgb(20, 23, 26)" if dark else "rgb(251, 250, 247)")


def test_the_drawing_scrolls_inside_its_own_box(binary, visit):
    drawing = "0: " + "─" * 3000
    page = visit(binary(circuit=replace(binary().circuit, drawing=drawing))).page
    box = page.locator(".drawing")
    assert box.evaluate("box => box.scrollWidth > 2 * box.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
