"""The README's promises that a test can check: its Python, its files, its verbs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

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


@pytest.mark.parametrize(
    "page",
    [
        "docs/device.md",
        "docs/encodings.md",
        "docs/hardware.md",
        "docs/models.md",
        "docs/qaoa.md",
        "docs/search.md",
    ],
)
def test_the_code_of_the_docs_runs_as_written(page):
    code = "\n".join(block for block in python_of(page) if "ENCODING = " not in block)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr


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


def test_the_new_encoding_of_the_docs_works_as_written():
    (code,) = [block for block in python_of("docs/encodings.md") if "ENCODING = " in block]
    check = """
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
    done = subprocess.run(
        [sys.executable, "-c", code + check], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
