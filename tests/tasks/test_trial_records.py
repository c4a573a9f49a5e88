"""What is the same trial, and what is another."""

from qml_core.specs import BackendSpec, SearchSpec
from tasks.trial_records import backend_document, configuration_of, trial_key


def test_the_key_of_a_trial_stays_what_it_is():
    model = {"model": {"name": "qsvc"}, "metric": "accuracy", "folds": 5}
    backend = backend_document(BackendSpec(), None)
    found = trial_key("ab" * 32, model, {"C": 1.0, "encoding": "zz"}, backend, 0)
    assert found == "faa2e57638ad951c484e705c47d4688118ab2a6b8ef72a5b2c335d5d6410c7d3"


def test_everything_that_changes_the_value_changes_the_key():
    base = ("ab" * 32, {"function": "a:b"}, {"x": 1}, {"name": "qml.batched"}, 0, 0)
    others = ("cd" * 32, {"function": "a:c"}, {"x": 1.0}, {"name": "lightning.qubit"}, 1, 1)
    keys = [trial_key(*base)]
    for k, other in enumerate(others):
        keys.append(trial_key(*base[:k], other, *base[k + 1 :]))
    keys.append(trial_key(*base[:2], {"x": True}, *base[3:]))
    assert len(set(keys)) == len(keys)
    swapped = trial_key(None, {"function": "a:b"}, {"x": 1, "y": 2}, None, 0)
    assert swapped == trial_key(None, {"function": "a:b"}, {"y": 2, "x": 1}, None, 0)


def test_level_numbers_are_values():
    search = SearchSpec(space={"C": [1, 5], "n": {"kind": "integer", "low": 2, "high": 4}})
    assert configuration_of(search, (1, 2)) == {"C": 5, "n": 4}


def test_the_document_of_a_backend_has_the_fields_that_change_the_value():
    exact = backend_document(BackendSpec(), None)
    assert exact == backend_document(BackendSpec(storage="float32"), None)
    measured = BackendSpec(shots=100, storage="float32")
    assert backend_document(measured, None)["storage"] == "float32"
    assert backend_document(measured, "ab")["noise"] == "ab"
    assert exact != backend_document(BackendSpec(precision="single"), None)
