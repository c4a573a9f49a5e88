"""The report at the end of a flow: the artifact in Prefect, and what large matrices get."""

import re

import numpy as np
import pytest

from flows.kernel_matrix import kernel_matrix
from qml_core.specs import DatasetSpec, KernelSpec
from qml_core.storage.content import get_verified
from qml_core.storage.matrices import load_matrix
from qml_core.storage.store import open_store
from tasks import pictures
from tasks.datasets import load_dataset

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]

DATA = DatasetSpec(name="moons", parameters={"n_samples": 700})
KERNEL = KernelSpec(encoding={"name": "zz"})


def test_prefect_shows_the_summary_with_a_link_to_the_report(store_url):
    from prefect.artifacts import Artifact

    run = kernel_matrix(DATA, KERNEL)
    shown = Artifact.get("kernel-report")
    assert shown.type == "markdown"
    assert shown.description == run.verdict
    assert run.report.uri in shown.data
    assert run.command in shown.data


def test_above_the_limit_the_report_samples_and_says_so(store_url, monkeypatch):
    monkeypatch.setattr(pictures, "WHOLE_MATRIX_ROWS", 600)
    monkeypatch.setattr(pictures, "SAMPLED_ROWS", 500)
    monkeypatch.setattr(pictures, "LEADING", 20)
    run = kernel_matrix(DATA, KERNEL)
    page = re.sub(r"<[^>]*>", "", get_verified(run.report, open_store(store_url)).decode())
    assert "20 leading eigenvalues are estimated from 500 rows" in page
    assert "no PSD repair" in page


def test_leading_eigenvalues_of_a_sample_are_close_to_those_of_the_whole_matrix(
    store_url, monkeypatch
):
    matrix = kernel_matrix(DATA, KERNEL).matrices[0]
    data = load_dataset.fn(DATA)
    whole = pictures.kernel_picture(matrix, KERNEL, data, "all", "none")
    assert whole.eigenvalues_complete
    np.testing.assert_allclose(
        whole.eigenvalues, np.linalg.eigvalsh(load_matrix(matrix))[::-1], atol=1e-10
    )

    monkeypatch.setattr(pictures, "WHOLE_MATRIX_ROWS", 600)
    monkeypatch.setattr(pictures, "SAMPLED_ROWS", 500)
    monkeypatch.setattr(pictures, "LEADING", 5)
    part = pictures.kernel_picture(matrix, KERNEL, data, "all", "none")
    assert not part.eigenvalues_complete
    assert part.min_eigenvalue is None
    np.testing.assert_allclose(part.eigenvalues, whole.eigenvalues[:5], rtol=0.1)
    assert part.heat.shape == whole.heat.shape
