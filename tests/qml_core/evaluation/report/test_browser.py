"""The page in Chromium: phone and wide screen, light and dark."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from qml_core.evaluation.report import render

pytestmark = pytest.mark.browser

SCREENS = [(390, "light"), (390, "dark"), (1600, "light"), (1600, "dark")]
KINDS = ("binary", "three_classes", "regression", "bare_kernel", "large", "measured", "variational")

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
    """A page in the browser, with all it complained of and asked for."""

    def __init__(self, browser, path):
        self.page = browser.new_page()
        self.complaints, self.requests = [], []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.as_uri())
        self.page.eval_on_selector_all("details", "all => all.forEach(d => d.open = true)")

    def look(self, width, scheme):
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.emulate_media(color_scheme=scheme)

    def assert_fits(self):
        assert self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert self.page.evaluate(SPILLED) == []


@pytest.fixture
def visit(browser, tmp_path) -> Iterator:
    visits = []

    def open_page(content):
        path = tmp_path / "report.html"
        path.write_text(render(content), encoding="utf-8")
        visits.append(Visit(browser, path))
        return visits[-1]

    yield open_page
    for each in visits:
        each.page.close()


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_fits_every_screen_loads_all_and_asks_for_nothing(request, visit, kind):
    opened = visit(request.getfixturevalue(kind)())
    for width, scheme in SCREENS:
        opened.look(width, scheme)
        opened.assert_fits()
    assert opened.page.evaluate(LOADED) == (1 if kind == "variational" else 2)
    assert opened.complaints == []
    assert [url for url in opened.requests if not url.startswith("data:")] == [opened.page.url]


@pytest.mark.parametrize("width", [390, 1600])
def test_long_names_do_not_push_the_page_wider_than_the_screen(binary, visit, width):
    name = "a_very_long_name_without_any_blank" * 8
    content = binary(
        title=name,
        verdict=f"On {name} nothing can be said.",
        command=f"qml train {name}",
        provenance={name: name},
        data=replace(binary().data, name=name, target=name, classes={name: 3}),
        kernel=replace(
            binary().kernel, heat=0.9999 + 1e-4 * binary().kernel.heat, classes=(name, "b")
        ),
        confusion=replace(binary().confusion, classes=(name, "b")),
        evaluation=replace(binary().evaluation, quantum_name=name),
    )
    opened = visit(content)
    opened.look(width, "light")
    opened.assert_fits()


def test_the_colour_scheme_of_the_reader_is_followed(binary, visit):
    opened, papers = visit(binary()), []
    for scheme in ("light", "dark"):
        opened.look(390, scheme)
        papers.append(opened.page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert papers == ["rgb(251, 250, 247)", "rgb(20, 23, 26)"]


def test_the_drawing_scrolls_inside_its_own_box(binary, visit):
    drawing = "0: " + "─" * 3000
    opened = visit(binary(circuit=replace(binary().circuit, drawing=drawing)))
    opened.look(390, "light")
    opened.assert_fits()
    box = opened.page.locator(".drawing")
    assert box.evaluate("box => box.scrollWidth > 2 * box.clientWidth")
