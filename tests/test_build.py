"""The Makefile and its scripts: stages, stamps, and one line that says what is missing."""

import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CLOUDPICKLE = (
    "amazon-braket-sdk 1.127.5 has requirement cloudpickle==2.2.1, but you have cloudpickle 3.1.2."
)
PYTHON_THAT_NOTES_ITS_CALLS = """
echo "$@" >> calls
case "$*" in
    *version_info*) echo 3.11 ;;
    "-m venv .venv") mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
esac
"""
Script = Callable[[str], Path]


@pytest.fixture
def script(tmp_path: Path) -> Script:
    """Writes a shell script under a path with a blank."""

    def write(body: str) -> Path:
        path = tmp_path / "a python"
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return path

    return write


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The files of the install alone, under a path with blanks."""
    folder = tmp_path / "a clone of it"
    for name in (".ci", "locks"):
        shutil.copytree(ROOT / name, folder / name)
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    return folder


def run(*command: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    hidden = ("MAKE", "MFLAGS", "TORCH_INDEX", "PYTHON", "ARGS")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(hidden)}
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


def install(clone: Path, python: Path, *options: str) -> list[str]:
    """What `make install` asks Python to do: `venv`, or pip's options."""
    calls = clone / "calls"
    calls.write_text("")
    assert run("make", f"PYTHON={python}", *options, "install", cwd=clone).returncode == 0
    lines = [line for line in calls.read_text().splitlines() if line.startswith("-m ")]
    return [line.partition(" install ")[2] or line for line in lines]


def test_the_install_makes_a_venv_then_torch_then_the_lock_then_the_project(
    clone: Path, script: Script
) -> None:
    assert install(clone, script(PYTHON_THAT_NOTES_ITS_CALLS)) == [
        "-m venv .venv",
        "-r locks/torch.txt -c locks/run.txt",
        "--no-deps -r locks/run.txt",
        "--no-deps --no-build-isolation --editable .",
    ]


def test_a_second_install_does_nothing_and_a_changed_lock_is_installed_alone(
    clone: Path, script: Script
) -> None:
    python = script(PYTHON_THAT_NOTES_ITS_CALLS)
    install(clone, python)
    for path in clone.glob("locks/*"):
        path.touch()
    assert install(clone, python) == []
    with (clone / "locks" / "run.txt").open("a") as lock:
        lock.write("# another\n")
    assert install(clone, python) == ["--no-deps -r locks/run.txt"]
    assert install(clone, python) == []


def test_a_moved_clone_is_installed_again_under_its_new_path(clone: Path, script: Script) -> None:
    python = script(PYTHON_THAT_NOTES_ITS_CALLS)
    install(clone, python)
    moved = clone.rename(clone.with_name("moved"))
    assert install(moved, python) == ["--no-deps --no-build-isolation --editable ."]


def test_torch_index_is_passed_to_the_install_of_torch_only(clone: Path, script: Script) -> None:
    url = "TORCH_INDEX=https://index.invalid/cpu"
    calls = install(clone, script(PYTHON_THAT_NOTES_ITS_CALLS), url)
    asked = [call for call in calls if "--extra-index-url https://index.invalid/cpu" in call]
    assert len(asked) == 1
    assert "torch.txt" in asked[0]


def test_an_install_that_fails_is_tried_again(clone: Path, script: Script) -> None:
    python = script(f"{PYTHON_THAT_NOTES_ITS_CALLS}\n! test -f broken")
    (clone / "broken").touch()
    failed = run("make", f"PYTHON={python}", "install", cwd=clone)
    assert failed.returncode != 0
    (clone / "broken").unlink()
    assert len(install(clone, python)) == 4


@pytest.mark.parametrize(
    ("report", "passes"),
    [
        ("No broken requirements found.", True),
        (CLOUDPICKLE, True),
        (f"{CLOUDPICKLE}\nscipy 1.0 requires numpy, which is not installed.", False),
        ("amazon-braket-sdk 1.127.5 requires boto3, which is not installed.", False),
        ("other 1.0 has requirement cloudpickle==2.2.1, but you have cloudpickle 3.1.2.", False),
        ("Traceback (most recent call last):", False),
        ("", False),
    ],
)
def test_only_brakets_cloudpickle_is_forgiven(script: Script, report: str, passes: bool) -> None:
    python = script(f"printf '%s' '{report}'; exit 1")
    assert (run(".ci/pip-check", python).returncode == 0) is passes


@pytest.mark.parametrize("body", ["exit 127", "echo 3.9", "echo 3.14"])
def test_a_python_that_cannot_be_used_is_refused_in_one_line_that_says_what_to_install(
    script: Script, body: str
) -> None:
    refused = run(".ci/python", script(body))
    assert refused.returncode != 0
    assert len(refused.stderr.splitlines()) == 1
    assert "apt-get install python3.11 python3.11-venv" in refused.stderr


def test_a_python_without_venv_is_refused_with_the_name_of_the_package(script: Script) -> None:
    python = script('case "$2" in *version*) echo 3.11 ;; *) exit 1 ;; esac')
    refused = run(".ci/python", python)
    assert refused.returncode != 0
    assert refused.stderr == f"{python} has no venv: apt-get install python3.11-venv\n"


def test_a_stage_is_one_line_where_it_ends_well(tmp_path: Path) -> None:
    fine = run(ROOT / ".ci/stage", "name", "do it", "echo", "noise", cwd=tmp_path)
    assert (fine.returncode, fine.stderr) == (0, "")
    assert re.fullmatch(r"do it \.\.\. done in \d+ s\n", fine.stdout)


def test_a_failed_stage_shows_the_end_of_its_log_and_keeps_its_exit_code(tmp_path: Path) -> None:
    command = ("sh", "-c", "echo why; exit 7")
    failed = run(ROOT / ".ci/stage", "name", "do it", *command, cwd=tmp_path)
    assert (failed.returncode, failed.stderr) == (7, "why\n")
    assert failed.stdout == "do it ... failed, end of .install/name.log:\n"


@pytest.fixture
def bare_machine(tmp_path: Path) -> Path:
    """Commands of a machine without a browser, where apt-get only notes what it is asked for."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sh", "env", "date", "mkdir", "tail"):
        (folder / name).symlink_to(shutil.which(name) or name)
    (folder / "apt-get").write_text("#!/bin/sh\necho $* >> asked\n")
    (folder / "apt-get").chmod(0o755)
    return folder


def chromium(clone: Path, commands: Path, user: int) -> subprocess.CompletedProcess[str]:
    (commands / "id").write_text(f"#!/bin/sh\necho {user}\n")
    (commands / "id").chmod(0o755)
    return run("env", f"PATH={commands}", "sh", ".ci/chromium", cwd=clone)


def test_root_gets_chromium_where_it_is_missing(clone: Path, bare_machine: Path) -> None:
    assert chromium(clone, bare_machine, user=0).returncode == 0
    update, install = (clone / "asked").read_text().splitlines()
    assert update.startswith("update")
    assert re.fullmatch(r"install .*-y .*chromium", install)


def test_who_may_not_install_chromium_is_told_what_to_install(
    clone: Path, bare_machine: Path
) -> None:
    told = chromium(clone, bare_machine, user=1000)
    assert told.returncode == 0
    assert len(told.stderr.splitlines()) == 1
    assert "apt-get install chromium" in told.stderr
    assert not (clone / "asked").exists()


def test_make_alone_lists_what_there_is_to_make() -> None:
    shown = run("make").stdout
    for goal in ("demo", "test", "test-slow", "check", "bench", "help", "clean"):
        assert re.search(rf"^  make {goal} +\S", shown, re.MULTILINE)


def test_ci_runs_exactly_what_a_user_runs() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert re.findall(r"^make .*$", script, re.MULTILINE) == ["make check", "make test"]


def test_every_file_beside_the_modules_is_in_the_wheel() -> None:
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    packages = [pattern.rstrip("*") for pattern in setuptools["packages"]["find"]["include"]]
    beside = {
        path
        for package in packages
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    }
    packed = {
        path
        for package, patterns in setuptools["package-data"].items()
        for pattern in patterns
        for path in (ROOT / package).glob(pattern)
    }
    assert ROOT / "qml_core/evaluation/reproduction/published_accuracy.csv" in packed
    assert sorted(map(str, beside - packed)) == []
