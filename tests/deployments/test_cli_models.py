"""`qml models`: what there is, and which model a name stands for."""

import json

import pytest
from stored_benchmarks import FIRST, SECOND, put_stored_benchmark, verdict

from qml_core.specs import BenchmarkSpec, DatasetSpec, ModelSpec
from qml_core.storage.content import put_content
from qml_core.storage.documents import encode_document
from qml_core.storage.inventory import verify
from qml_core.storage.promotions import promoted_model
from qml_core.storage.runs import put_run
from qml_core.storage.store import open_store

TRAINED = "20260103-100000-cccccc"
REASON = "asked for by the lab on Friday"


@pytest.fixture
def store(tmp_path):
    return open_store((tmp_path / "store").as_uri())


def put_trained(store, kind="kernel", run=TRAINED, name="qsvc", model=None, dataset=None):
    """A model and the run that trained it; the key of the model."""
    document = {"schema": 1, "kind": kind, "name": name, "task": "classification"}
    document |= {"target": "label", "extra": {"split_seed": 4}, "run": run}
    ref = put_content(store, "models", encode_document(document), ".json")
    asked = {
        "dataset": (dataset or DatasetSpec(name="moons")).model_dump(mode="json"),
        "model": (model or ModelSpec()).model_dump(mode="json"),
    }
    models = [{**ref.model_dump(), "name": name, "split_seed": 4}]
    put_run(store, run, {"verb": "train", "asked": asked, "models": models})
    return ref.sha256


def test_a_quantum_model_without_a_benchmark_is_refused(qml, store):
    key = put_trained(store)
    said = qml("models", "promote", key[:10])
    assert said.code == 3
    assert "no benchmark of this quantum model on its data is known" in said.err
    assert "--override" in said.err
    assert not list(store.list("refs"))


@pytest.mark.parametrize(
    ("outcome", "code"),
    [("advantage", 0), ("no difference", 0), ("inconclusive", 3), ("classical better", 3)],
)
def test_the_verdict_of_its_benchmark_decides(qml, store, outcome, code):
    key = put_trained(store)
    put_stored_benchmark(store, FIRST, [verdict(outcome=outcome)])
    said = qml("models", "promote", key[:10], "--json")
    assert said.code == code
    if code:
        assert FIRST in said.err
        return
    document = json.loads(said.out)
    assert document["benchmark"] == FIRST
    assert document["outcome"] == outcome
    assert document["model"]["sha256"] == key
    assert document["model"]["split_seed"] == 4
    assert document["override"] is None
    assert promoted_model(store, "production").origin.run_id == TRAINED


def test_the_newest_benchmark_counts_unless_one_is_named(qml, store):
    key = put_trained(store)
    put_stored_benchmark(store, FIRST, [verdict(outcome="no difference")])
    put_stored_benchmark(store, SECOND, [verdict(outcome="classical better")])
    assert qml("models", "promote", key[:10]).code == 3
    said = qml("models", "promote", key[:10], "--benchmark", FIRST)
    assert said.code == 0
    assert promoted_model(store, "production").benchmark == FIRST


@pytest.mark.parametrize(
    ("model", "dataset"),
    [
        ({"kernel": {"encoding": {"reps": 1}}}, {"name": "moons"}),
        ({"name": "vqc"}, {"name": "moons"}),
        ({}, {"name": "moons", "parameters": {"noise": 0.3}}),
        ({}, {"name": "moons", "preprocessing": {"n_components": 1}}),
        ({}, {"name": "iris"}),
    ],
)
def test_a_benchmark_of_another_model_or_on_other_data_is_no_evidence(qml, store, model, dataset):
    own = (ModelSpec.model_validate(model), DatasetSpec.model_validate(dataset))
    key = put_trained(store, model=own[0], dataset=own[1])
    put_stored_benchmark(store, FIRST, [verdict(outcome="advantage")])
    said = qml("models", "promote", key[:10])
    assert said.code == 3
    assert "no benchmark" in said.err


def test_where_it_was_tuned_and_split_otherwise_it_is_the_same_model(qml, store):
    model = ModelSpec(C=(1.0,), bandwidths=(0.3,), inner_folds=4)
    dataset = DatasetSpec.model_validate({"name": "moons", "split": {"repeats": 2, "seed": 9}})
    key = put_trained(store, model=model, dataset=dataset)
    put_stored_benchmark(store, FIRST, [verdict(outcome="advantage")])
    assert qml("models", "promote", key[:10]).code == 0


def test_the_data_set_of_the_model_is_found_among_several(qml, store):
    key = put_trained(store, dataset=DatasetSpec(name="iris"))
    asked = BenchmarkSpec.model_validate({"datasets": [{"name": "moons"}, {"name": "iris"}]})
    decided = [verdict("moons", "classical better"), verdict("iris", "no difference")]
    put_stored_benchmark(store, FIRST, decided, asked)
    assert qml("models", "promote", key[:10]).code == 0
    assert " on iris in benchmark " in promoted_model(store, "production").why


def test_a_reason_overrides_and_is_stored(qml, store):
    key = put_trained(store)
    put_stored_benchmark(store, FIRST, [verdict(outcome="classical better")])
    said = qml("models", "promote", key[:10], "--override", f" {REASON} ", "--as", "demo")
    assert said.code == 0
    found = promoted_model(store, "demo")
    assert found.override == REASON
    assert found.outcome == "classical better"
    assert REASON in found.why


def test_a_classical_model_is_promoted_over_another_one_which_is_remembered(qml, store):
    before = put_trained(store)
    after = put_trained(store, "svm", "20260104-100000-dddddd", "rbf_svm")
    qml("models", "promote", before, "--override", REASON)
    said = qml("models", "promote", after[:10])
    assert said.code == 0
    assert before[:12] in said.out
    found = promoted_model(store, "production")
    assert (found.model.sha256, found.over.sha256) == (after, before)
    assert not found.quantum
    rows = {row["key"]: row for row in json.loads(qml("models", "list", "--json").out)}
    assert rows[after]["promoted"] == ["production"]
    assert rows[before]["promoted"] == []
    assert "production" in qml("models", "list").out
    assert verify(store).damaged == []


def test_a_run_with_one_model_stands_for_it(qml, store):
    key = put_trained(store, "svm")
    assert qml("models", "promote", TRAINED).code == 0
    assert promoted_model(store, "production").model.sha256 == key


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("abcdef0123",), "no run id, nor the first 6"),
        ((FIRST,), f"run {FIRST} has 0 models"),
        (("KEY", "--as", "Not A Name"), "a name is a-z, 0-9 and '-'"),
        (("KEY", "--as", "../../x"), "a name is a-z, 0-9 and '-'"),
        (("KEY", "--override", "because"), "at least 10"),
        (("KEY", "--benchmark", "nothing"), "run 'nothing' asked of"),
        (("KEY", "--benchmark", TRAINED), "is no benchmark"),
        (("runs/x.json",), "nothing there"),
        ((f"runs/{TRAINED}.json",), "KEPT"),
    ],
)
def test_what_cannot_be_promoted_is_one_line_and_exit_2(qml, store, words, found):
    key = put_trained(store)
    put_run(store, FIRST, {"verb": "qaoa", "models": []})
    said = qml("models", "promote", *(key[:10] if word == "KEY" else word for word in words))
    if found == "KEPT":  # the path of a run stands for it, as its id does
        assert said.code == 3
        return
    assert said.code == 2
    assert found in said.err
    assert len(said.err.splitlines()) == 1
    assert not list(store.list("refs"))


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("--model", "gone", "x.csv"), "no model was promoted as 'gone'"),
        (("--model", "gone"), "Missing argument 'DATA'"),
        (("--model", "gone", "x.csv", "y.csv"), "unexpected extra argument (y.csv)"),
        (("--model", "gone", "x.csv", "--split", "1"), "--split"),
        (("latest",), "Missing argument 'DATA'"),
        ((), "Missing argument 'RUN'"),
        (("latest", "x.csv", "y.csv"), "unexpected extra argument (y.csv)"),
    ],
)
def test_predict_says_which_word_is_missing_or_too_many(qml, store, words, found):
    store.put("refs/latest.json", b"{}")
    said = qml("predict", *words)
    assert said.code == 2
    assert found in said.err
    assert len(said.err.splitlines()) == 1


@pytest.mark.prefect
def test_a_promoted_model_predicts_as_by_its_run(after, trained):
    run = trained.document["run_id"]
    record = json.loads(after("artifacts", "show", run).out)
    key = record["models"][1]["sha256"]
    assert after("models", "promote", key[:12]).code == 3
    assert after("models", "promote", key[:12], "--override", REASON, "--as", "second").code == 0
    said = after("predict", "--model", "second", trained.file, "--json")
    assert said.code == 0, said.err
    assert json.loads(said.out) == json.loads(
        after("predict", run, trained.file, "--split", "1", "--json").out
    )
