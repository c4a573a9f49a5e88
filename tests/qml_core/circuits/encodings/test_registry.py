import subprocess
import sys

import pytest

from qml_core.circuits.encodings import all_encodings, get, open_encoding
from qml_core.encoding_names import own_encodings
from qml_core.errors import SpecError
from qml_core.specs import EncodingSpec

FOREIGN = """
import pennylane as qml
from qml_core.circuits.encodings import Encoding

def halves(x, wires):
    for i, wire in enumerate(wires):
        qml.RX(x[..., 2 * i], wires=wire)

ENCODING = Encoding(
    name="halves", circuit=halves, qubits=lambda n: n // 2, parameters=("bandwidth",),
    angle_range=None, depth="1", paper="none", description="Every second feature.",
)
"""


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A package that registers encodings, as pip would install it: {entry point: object}."""

    def install(**entries):
        folder = tmp_path / "foreign-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: foreign\nVersion: 1.0\n")
        lines = [f"{name} = {value}" for name, value in entries.items()]
        (folder / "entry_points.txt").write_text("\n".join(["[qml.encodings]", *lines]))
        (tmp_path / "foreign_encodings.py").write_text(FOREIGN)
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, "foreign_encodings", raising=False)

    return install


def test_every_file_is_an_encoding_of_its_name():
    assert tuple(encoding.name for encoding in all_encodings()) == own_encodings()
    assert len(own_encodings()) == 7


def test_an_unknown_name_is_refused_with_near_names():
    with pytest.raises(SpecError, match="unknown encoding 'hamiltonain', near: hamiltonian"):
        get("hamiltonain")


@pytest.mark.parametrize("name", ["_open", "../specs", ""])
def test_files_that_are_no_encodings_are_unknown(name):
    with pytest.raises(SpecError, match="unknown encoding"):
        get(name)


def test_an_encoding_of_another_package_is_found_and_opened(installed):
    installed(halves="foreign_encodings:ENCODING")
    spec = EncodingSpec(name="halves", bandwidth=0.5)
    assert open_encoding(spec, 6).n_qubits == 3
    assert all_encodings()[-1].name == "halves"


def test_qubits_of_a_foreign_encoding_are_checked_too(installed):
    installed(halves="foreign_encodings:ENCODING")
    with pytest.raises(SpecError, match="n_qubits=6, but 6 features need 3 qubits"):
        open_encoding(EncodingSpec(name="halves", n_qubits=6), 6)


def test_a_parameter_that_a_foreign_encoding_does_not_use_is_refused(installed):
    installed(halves="foreign_encodings:ENCODING")
    with pytest.raises(SpecError, match="encoding halves has no reps, found reps=3"):
        open_encoding(EncodingSpec(name="halves", reps=3), 6)


@pytest.mark.parametrize("value", ["foreign_encodings:missing", "no_such_module_anywhere"])
def test_an_entry_point_that_cannot_be_imported_is_named(installed, value):
    installed(halves=value)
    with pytest.raises(SpecError, match=r"'halves' of .* cannot be imported"):
        get("halves")


@pytest.mark.parametrize("value", ["foreign_encodings:halves", "foreign_encodings:ENCODING"])
def test_an_entry_point_must_be_an_encoding_of_its_name(installed, value):
    installed(other=value)
    with pytest.raises(SpecError, match="is no Encoding of that name"):
        get("other")


def test_importing_the_package_imports_neither_pennylane_nor_torch():
    code = (
        "import sys, qml_core.circuits.encodings as e;"
        "assert not {'pennylane', 'torch', 'prefect'} & set(sys.modules), 'heavy import';"
        "e.get('angle'); assert 'qml_core.circuits.encodings.iqp' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
