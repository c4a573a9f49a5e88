"""Pages of benchmarks in a browser."""

import pytest
from report_benchmarks import CLASSICAL, CONTROLS, QUANTUM, benchmark
from report_pages import OVERLAPS

from qml_core.evaluation.report import render

TWENTY = (*QUANTUM, *CLASSICAL, *CONTROLS, *(f"classical {k}" for k in range(5)))
SENTENCE = "On {} it is open whether the quantum kernel helps, " + "which takes long to say, " * 20
BOX = """() => { const box = document.querySelector("h1").getBoundingClientRect();
  return [box.top, box.bottom, document.scrollingElement.scrollTop]; }"""


@pytest.mark.browser
@pytest.mark.parametrize("kind", ["one", "free", "six"])
def test_pages_fit_phone_and_screen_and_ask_for_nothing(benchmark_page, browser, tmp_path, kind):
    made = {
        "one": lambda: benchmark(models=TWENTY, failed=("mlp",)),
        "free": lambda: benchmark(task="regression", priced=False, repeats=1),
        "six": lambda: benchmark(6, models=TWENTY[:8]),
    }
    path = tmp_path / "report.html"
    path.write_text(
        render(benchmark_page(made[kind](), verdict=SENTENCE.format(kind))), encoding="utf-8"
    )
    opened = browser.new_page()
    requests, complaints = [], []
    opened.on("request", lambda request: requests.append(request.url))
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.set_viewport_size({"width": 390, "height": 844})
    opened.goto(path.as_uri())
    top, bottom, scrolled = opened.evaluate(BOX)
    assert top >= scrolled == 0
    assert bottom <= 844
    opened.eval_on_selector_all("details", "all => all.forEach(d => d.open = true)")
    for width in (390, 1280):
        for scheme in ("light", "dark"):
            opened.set_viewport_size({"width": width, "height": 900})
            opened.emulate_media(color_scheme=scheme)
            assert opened.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert opened.evaluate(OVERLAPS) == []
    assert requests == [opened.url]
    assert complaints == []
    opened.close()
