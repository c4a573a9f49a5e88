"""The README's promises that a test can check: its Python, its files, its verbs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from reading import run_each

from qml_core.specs import BackendSpec, DatasetSpec, SearchSpec, check_search

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()


def test_the_lines_of_python_run_and_learn_iris():
    (code,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    alignment, *scores = map(float, done.stdout.split())
    assert 0 < alignment < 1
    assert len(scores) == 2
    assert min(scores) > 0.9


@pytest.mark.parametrize("page", ["README.md", *(f"docs/{p.name}" for p in ROOT.glob("docs/*.md"))])
def test_links_to_files_of_the_project_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#]+)\)", (ROOT / page).read_text())
    for link in links:
        if not link.startswith("http"):
            assert ((ROOT / page).parent / link).exists(), link


def test_every_verb_of_the_command_line_is_in_the_table():
    from deployments.cli.app import VERBS

    for verb in VERBS:
        assert f"`qml {verb}" in README, verb


def python_of(page):
    return re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(), flags=re.DOTALL)


PAGES = ["device", "encodings", "hardware", "models", "qaoa", "search"]
LADDER = """
from qml_core.circuits.encodings import OpenEncoding
from qml_core.simulation.reference import reference_states
from qml_core.simulation.statevector import state_vectors
from qml_core.specs import EncodingSpec
import numpy as np
opened = OpenEncoding(ENCODING, EncodingSpec(), 3)
X = np.random.default_rng(0).normal(size=(2, 3))
truth = reference_states(opened, X, 3, "default.qubit")
assert (state_vectors(opened, X, 3) - truth).abs().max() < 1e-13
"""


@pytest.fixture(scope="module")
def read():
    """How the code of each page ended, and of the encoding that one of them adds."""
    codes = {"wrong": "assert 1 > 2, 'not so'"}
    codes |= {
        page: "\n".join(b for b in python_of(f"docs/{page}.md") if "ENCODING = " not in b)
        for page in PAGES
    }
    (code,) = [block for block in python_of("docs/encodings.md") if "ENCODING = " in block]
    codes["a new encoding"] = code + LADDER
    return dict(zip(codes, run_each(list(codes.values())), strict=True))


@pytest.mark.parametrize("page", [*PAGES, "a new encoding"])
def test_the_code_of_the_docs_runs_as_written(read, page):
    status, error = read[page]
    assert status == 0, error


def test_a_page_that_fails_is_told_with_its_error(read):
    status, error = read["wrong"]
    assert status == 1
    assert "AssertionError: not so" in error


def test_the_searches_of_the_docs_can_be_asked_for():
    blocks = re.findall(
        r"```yaml\n(.*?)```", (ROOT / "docs/search.md").read_text(), flags=re.DOTALL
    )
    assert len(blocks) == 2
    for block in blocks:
        document = yaml.safe_load(block)
        search = SearchSpec.model_validate(document["search"])
        backend = BackendSpec.model_validate(document.get("backend", {}))
        check_search(search, DatasetSpec.model_validate(document["dataset"]), backend)
