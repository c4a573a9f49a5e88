"""PennyLane's own device suite against qml.batched; its skips have their reasons in a file."""

import os
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import pytest

SKIPS = tomllib.loads(Path(__file__).with_name("device_suite_skips.toml").read_text())
BIN = Path(sys.executable).parent
# enough that the suite's tolerance of 0.05 is three standard deviations of its widest observable
SHOTS = 200_000


@dataclass(frozen=True)
class Outcome:
    code: int
    output: str
    passed: int
    skipped: set[str]


@pytest.fixture(scope="module", params=["analytic", pytest.param("shots", marks=pytest.mark.slow)])
def mode(request):
    return request.param


@pytest.fixture(scope="module")
def outcome(mode, tmp_path_factory):
    folder = tmp_path_factory.mktemp("suite")
    options = [f"--shots={SHOTS}"] if mode == "shots" else []
    command = [BIN / "pl-device-test", "--device=qml.batched", *options]
    command += ["-p", "no:cacheprovider", "-W", "ignore", "--tb=short", "--junitxml=found.xml"]
    command += ["--device-kwargs", "seed=7"]
    environment = {k: v for k, v in os.environ.items() if k != "PYTEST_ADDOPTS"}
    environment["PATH"] = f"{BIN}{os.pathsep}{environment['PATH']}"
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    cases = list(ElementTree.parse(folder / "found.xml").iter("testcase"))
    skipped = {name(case) for case in cases if case.find("skipped") is not None}
    passed = sum(len(case) == 0 for case in cases)
    return Outcome(done.returncode, done.stdout[-5000:], passed, skipped)


def name(case):
    return ".".join(filter(None, (case.get("classname"), case.get("name").partition("[")[0])))


def test_the_device_suite_of_pennylane_passes(outcome, mode):
    assert outcome.code == 0, outcome.output
    assert outcome.passed >= {"analytic": 382, "shots": 374}[mode]  # as many as default.qubit


def test_what_the_suite_skips_is_listed_with_its_reason(outcome, mode):
    groups = SKIPS["always"] | SKIPS[mode]
    assert [s for s in sorted(outcome.skipped) if not any(fnmatch(s, g) for g in groups)] == []
    assert [g for g in groups if not any(fnmatch(s, g) for s in outcome.skipped)] == []
    assert all(reason.strip() for reason in groups.values())
