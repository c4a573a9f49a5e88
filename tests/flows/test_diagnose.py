"""The flow `diagnose`: points that survive, a record, a page."""

import json
import re

import numpy as np
import pytest

from flows.diagnose import diagnose
from qml_core.errors import SpecError
from qml_core.specs import BackendSpec, DiagnosisSpec, RunSpec
from qml_core.storage.content import get_verified
from qml_core.storage.datasets import get_arrays
from qml_core.storage.store import open_store
from qml_core.training.diagnostics import points
from tasks.diagnosis import diagnose_noise, diagnose_point, diagnose_spectrum

SMALL = DiagnosisSpec(
    qubits=(2, 3, 4, 5, 6),
    layers=(1,),
    samples=100,
    measurement={"kind": "global"},
    noise_qubits=2,
    noise_layers=(1, 3),
)
NONE = RunSpec()


@pytest.fixture(scope="module")
def finished(prefect_server, tmp_path_factory):
    """A small diagnosis, run once, and its store."""
    url = (tmp_path_factory.mktemp("diagnosis") / "store").as_uri()
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("QML_STORAGE_URL", url)
        return diagnose(SMALL), open_store(url)


@pytest.mark.prefect
def test_the_flow_finds_the_plateau_of_the_global_cost(finished):
    run, _ = finished
    assert [(p.qubits, p.layers) for p in run.points] == list(SMALL.points)
    (series,) = run.series
    assert series.slope.high < -0.5
    assert series.outcome == "barren plateau"
    assert run.verdict.startswith("Barren plateau")
    assert run.noise_rate.high < 0
    assert any("--cost local" in text for text in run.advice)
    assert run.command.startswith("qml diagnose --set diagnosis.measurement.kind=global")


@pytest.mark.prefect
def test_the_table_has_a_row_for_each_point(finished):
    run, store = finished
    table = get_arrays(run.table, store)
    assert table["qubits"].tolist() == [2, 3, 4, 5, 6]
    assert table["mean_variance"].tolist() == [p.mean_variance for p in run.points]
    assert np.all(table["zeros"] < table["parameters"])


@pytest.mark.prefect
def test_the_page_shows_every_section_and_the_record_names_the_samples(finished):
    run, store = finished
    page = get_verified(run.report, store).decode()
    assert set(re.findall(r'<section id="(\w+)"', page)) >= {
        "gradients", "states", "noise", "spectrum", "asked", "provenance",
    }  # fmt: skip
    assert not re.search(r"\bnan\b", page, flags=re.IGNORECASE)
    record = json.loads(store.get(run.path))
    paths = {table["path"] for table in record["tables"]}
    assert {p.gradients.path for p in run.points} < paths
    assert run.table.path in paths


def test_a_point_is_found_again_under_its_key(store_url, monkeypatch):
    first = diagnose_point.fn(SMALL, NONE, store_url, 2, 1)
    monkeypatch.setattr(points, "diagnose_point", None)  # computing again would fail
    again = diagnose_point.fn(SMALL, NONE, store_url, 2, 1)
    assert (again.mean_variance, again.gradients) == (first.mean_variance, first.gradients)
    assert (again.seconds, first.seconds > 0) == (0.0, True)


def test_the_other_sizes_do_not_change_a_point(store_url, tmp_path):
    wider = SMALL.model_copy(update={"qubits": (2, 5), "noise_layers": (2, 4)})
    other = (tmp_path / "other").as_uri()
    one, two = (
        diagnose_point.fn(s, NONE, u, 2, 1) for s, u in ((SMALL, store_url), (wider, other))
    )
    assert one.gradients.sha256 == two.gradients.sha256


def test_another_seed_draws_other_parameters(store_url):
    one, two = (diagnose_point.fn(SMALL, RunSpec(seed=s), store_url, 2, 1) for s in (0, 1))
    assert one.gradients.sha256 != two.gradients.sha256


def test_a_point_whose_samples_are_damaged_is_computed_again(store_url):
    first = diagnose_point.fn(SMALL, NONE, store_url, 2, 1)
    open_store(store_url).put(first.gradients.path, b"no table")
    again = diagnose_point.fn(SMALL, NONE, store_url, 2, 1)
    assert get_verified(again.gradients)
    assert again.seconds > 0


def test_a_spectrum_that_there_is_not_is_said_and_stops_nothing(store_url):
    spec = DiagnosisSpec(encoding={"name": "amplitude"}, samples=10)
    found = diagnose_spectrum.fn(spec, NONE, store_url, 1)
    assert "no angles" in found.reason


def test_a_calibration_record_gives_the_noise(store_url):
    spec = SMALL.model_copy(update={"calibration": "ibm.fake_manila"})
    worse = SMALL.model_copy(update={"noise_rate": 0.3})
    found = [get_arrays(diagnose_noise.fn(s, NONE, store_url, 3).gradients) for s in (spec, worse)]
    ratios = [np.mean(f["noisy"] ** 2) / np.mean(f["exact"] ** 2) for f in found]
    assert ratios[1] < 0.2 < 0.7 < ratios[0] < 1


@pytest.mark.prefect
@pytest.mark.usefixtures("prefect_server")
def test_another_backend_is_refused(store_url):
    with pytest.raises(SpecError, match="exact gradients"):
        diagnose(SMALL, BackendSpec(name="default.mixed", shots=100))
