"""Workers killed between reserve, submit and settle: what the ledger says is what was billed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("killed_workers.py")
ROOT = Path(__file__).resolve().parents[3]


def check_kills(url: str, folder: Path, kills: int) -> None:
    command = [sys.executable, str(SCRIPT), url, str(folder), str(kills)]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=500)
    assert answer.returncode == 0, answer.stderr[-2000:]
    told = json.loads(answer.stdout)
    before, after = told["before"], told["after"]
    assert before["audit"] == after["audit"] == []
    assert after["spent"] == after["bill"] > 0
    assert after["reserved"] == 0
    assert after["repeated"] == 0
    assert set(after["states"]) <= {"settled", "released"}
    assert after["states"]["settled"] == after["jobs"]
    assert "reserved" in before["states"] or "submitted" in before["states"], "no kill was in time"
    assert set(told["findings"]) <= {"settled", "released"}


def test_after_fifteen_kills_the_ledger_is_the_provider_s_bill(
    ledger_url: str, tmp_path: Path
) -> None:
    check_kills(ledger_url, tmp_path, 15)


@pytest.mark.slow
def test_after_150_kills_the_ledger_is_the_provider_s_bill(ledger_url: str, tmp_path: Path) -> None:
    check_kills(ledger_url, tmp_path, 150)
