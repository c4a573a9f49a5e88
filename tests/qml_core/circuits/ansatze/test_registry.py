import subprocess
import sys

import pytest

from qml_core.ansatz_names import own_ansatze
from qml_core.circuits.ansatze import all_ansatze, get
from qml_core.circuits.variational import open_circuit
from qml_core.errors import SpecError
from qml_core.specs.circuit import CircuitSpec

FOREIGN = """
import pennylane as qml
from qml_core.circuits.ansatze import Ansatz

def turns(theta, wires, index):
    for i, wire in enumerate(wires):
        qml.RX(theta[..., i], wires=wire)

ANSATZ = Ansatz("turns", turns, lambda n: n, "none", "A rotation of every qubit.")
"""


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A package that registers ansätze, as pip would install it: {entry point: object}."""

    def install(**entries):
        folder = tmp_path / "foreign-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: foreign\nVersion: 1.0\n")
        lines = [f"{name} = {value}" for name, value in entries.items()]
        (folder / "entry_points.txt").write_text("\n".join(["[qml.ansatze]", *lines]))
        (tmp_path / "foreign_ansatze.py").write_text(FOREIGN)
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, "foreign_ansatze", raising=False)

    return install


def test_every_file_is_an_ansatz_of_its_name():
    assert tuple(ansatz.name for ansatz in all_ansatze()) == own_ansatze()
    assert len(own_ansatze()) == 6


def test_an_unknown_name_is_refused_with_near_names():
    with pytest.raises(SpecError, match="unknown ansatz 'hardware_eficient', near: hardware_eff"):
        get("hardware_eficient")


@pytest.mark.parametrize("name", ["_ansatz", "../readout", ""])
def test_files_that_are_no_ansatze_are_unknown(name):
    with pytest.raises(SpecError, match="unknown ansatz"):
        get(name)


def test_an_ansatz_of_another_package_is_found_and_opened(installed):
    installed(turns="foreign_ansatze:ANSATZ")
    assert open_circuit(CircuitSpec(ansatz="turns", layers=3), 4).n_parameters == 12
    assert all_ansatze()[-1].name == "turns"


@pytest.mark.parametrize("value", ["foreign_ansatze:missing", "no_such_module_anywhere"])
def test_an_entry_point_that_cannot_be_imported_is_named(installed, value):
    installed(turns=value)
    with pytest.raises(SpecError, match=r"'turns' of .* cannot be imported"):
        get("turns")


@pytest.mark.parametrize("value", ["foreign_ansatze:turns", "foreign_ansatze:ANSATZ"])
def test_an_entry_point_must_be_an_ansatz_of_its_name(installed, value):
    installed(other=value)
    with pytest.raises(SpecError, match="is no Ansatz of that name"):
        get("other")


def test_importing_the_package_imports_neither_pennylane_nor_torch():
    code = (
        "import sys, qml_core.circuits.ansatze as a;"
        "assert not {'pennylane', 'torch', 'prefect'} & set(sys.modules), 'heavy import';"
        "a.get('real_amplitudes'); assert 'qml_core.circuits.ansatze.tree' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
