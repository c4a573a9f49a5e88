"""Words of the command line become specs, or one helpful line."""

import pytest

from deployments.cli.parameters import apply_settings, read_file, validate
from qml_core.errors import SpecError
from qml_core.specs import DatasetSpec, KernelSpec

KINDS = {"dataset": DatasetSpec, "kernel": KernelSpec}


def specs(*settings, document=None):
    document = document or {}
    apply_settings(document, settings, KINDS)
    return validate(document, KINDS)


def test_values_are_json_else_text():
    found = specs(
        "dataset.name=moons", "dataset.parameters.noise=0.2", "kernel.encoding.reps=3",
        'kernel.encoding.entanglement="ring"',
    )  # fmt: skip
    assert found["dataset"].parameters == {"noise": 0.2}
    assert found["kernel"].encoding.reps == 3
    assert found["kernel"].encoding.entanglement == "ring"


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("kernel.encodng.reps=3", "near: encoding"),
        ("kernel.encoding.rep=3", "near: reps"),
        ("datset.name=iris", "near: dataset"),
        ("kernel.encoding=3", "needs one of its fields"),
        ("kernel.encoding.reps", "expected path=value"),
        ("kernel.encoding.reps=0", "kernel.encoding.reps: .*greater than or equal to 1, found 0"),
        ("kernel.encoding.name=qiskit", "unknown encoding 'qiskit'; known: amplitude"),
        ("kernel.encoding.threshold=1", "encoding iqp has no threshold"),
    ],
)
def test_a_wrong_setting_says_what_is_near_or_allowed(setting, words):
    with pytest.raises(SpecError, match=words):
        specs("dataset.name=iris", setting)


def test_a_misspelt_field_in_a_file_lists_near_names():
    with pytest.raises(SpecError, match=r"dataset\.split\.sed is unknown; near: seed"):
        specs(document={"dataset": {"name": "iris", "split": {"sed": 1}}})


@pytest.mark.parametrize("suffix", [".yaml", ".json"])
def test_parameter_files_are_json_or_yaml(tmp_path, suffix):
    file = tmp_path / f"p{suffix}"
    file.write_text('{"dataset": {"name": "iris"}}')
    assert read_file(str(file)) == {"dataset": {"name": "iris"}}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: &x [1]\nb: *x", "aliases"),
        ("a: [", "not valid"),
        ("- 1", "must hold a mapping"),
        ("!!python/object/apply:os.system ['true']", "not valid"),
        ("a: " + "x" * 2**20, "limit"),
    ],
)
def test_dangerous_or_broken_files_are_refused(tmp_path, text, words):
    file = tmp_path / "p.yaml"
    file.write_text(text)
    with pytest.raises(SpecError, match=words):
        read_file(str(file))


def test_a_missing_file_is_named():
    with pytest.raises(SpecError, match=r"nowhere\.json cannot be read"):
        read_file("nowhere.json")
