"""The last line of a run can be pasted where it was printed."""

import shlex
import sys

import pytest

from deployments.cli.running import repeat_line


@pytest.fixture
def program(tmp_path, monkeypatch):
    """A `qml` in a folder with a blank; on the PATH only where the test puts it there."""
    folder = tmp_path / "a b"
    folder.mkdir()
    file = folder / "qml"
    file.write_text("#!/bin/sh\n")
    file.chmod(0o755)
    monkeypatch.setenv("PATH", "/nowhere")
    return file


def test_a_program_outside_the_path_is_named_as_it_was_called(program):
    assert repeat_line("qml train --set a=1", ".venv/bin/qml", local=True) == (
        ".venv/bin/qml train --set a=1 --local"
    )
    assert repeat_line("qml train", str(program), local=False) == f"'{program}' train"


def test_a_program_on_the_path_is_called_qml(program, monkeypatch):
    monkeypatch.setenv("PATH", str(program.parent))
    assert repeat_line("qml kernel", str(program), local=False) == "qml kernel"


def test_a_module_is_run_as_one():
    line = repeat_line("qml kernel", "/x/deployments/cli/__main__.py", local=False)
    assert line == f"{shlex.quote(sys.executable)} -m deployments.cli kernel"
