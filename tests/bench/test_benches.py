"""Benchmarks open, and what they print says what was measured; none of them runs here."""

import os
import re
import subprocess
import sys
from mmap import mmap
from pathlib import Path

import pytest

from bench import peers, quiet
from bench.memory import forget_peak, peak_resident_bytes, peak_tensor_bytes, resident_bytes
from bench.table import Bar, Row, Table, as_json, as_text, times_faster, times_the_limit
from bench.timing import Timing, interleaved

ROOT = Path(__file__).resolve().parents[2]
BENCHES = [p.stem for p in (ROOT / "bench").glob("*.py") if "__main__" in p.read_text("utf-8")]


HELP = """
import contextlib, runpy, sys
for name in sys.argv[1:]:
    sys.argv = [name, "--help"]
    with contextlib.suppress(SystemExit):
        runpy.run_module(f"bench.{name}", run_name="__main__", alter_sys=False)
    print(f"end of {name}")
"""


def test_a_benchmark_says_what_it_measures() -> None:
    command = [sys.executable, "-W", "ignore", "-c", HELP, *BENCHES]  # one process: imports once
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in BENCHES:
        text, _, shown = shown.partition(f"end of {name}\n")
        assert "--json" in text, name


def test_make_bench_runs_every_benchmark() -> None:
    (names,) = re.findall(r"^BENCHES \?= (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(BENCHES) <= set(names.split())


def test_competitors_take_turns_after_a_warm_up_that_is_not_counted() -> None:
    turns: list[str] = []

    def competitor(name: str) -> float:
        turns.append(name)
        return float(len(turns))

    found = interleaved({n: lambda n=n: competitor(n) for n in "AB"}, runs=2, warm_up=1)
    assert "".join(turns) == "ABABAB"
    assert found["A"].seconds == (3.0, 5.0)
    assert (found["B"].low, found["B"].median, found["B"].high) == (4.0, 5.0, 6.0)


def test_a_peer_is_to_be_slower_and_a_limit_to_be_near() -> None:
    ours, theirs = Timing((2.0,)), Timing((20.0,))
    assert times_faster("peer", ours, theirs, 10.0).verdict == "met"
    assert times_faster("peer", ours, theirs, 10.1).verdict == "not met"
    assert times_the_limit("limit", ours, Timing((1.0,)), 2.0).verdict == "met"
    assert times_the_limit("limit", ours, Timing((1.0,)), 1.9).verdict == "not met"


def test_an_absent_peer_meets_no_bar() -> None:
    absent = times_faster("peer", Timing((1.0,)), None, 10.0)
    assert absent.verdict == "not installed"
    assert "not installed" in as_text(Table("title", (absent,)))
    assert as_json([Table("title", (absent,))])[0]["rows"][0]["ratio"] is None


def test_a_quantity_is_printed_with_its_unit_and_its_bar() -> None:
    row = Row("memory", None, 7.25, Bar(6.0, "at most"), " batches")
    assert re.search(r"7\.25 batches +≤ 6 batches +not met", as_text(Table("title", (row,))))


def test_the_environment_of_the_peers_is_not_needed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(peers, "PYTHON", tmp_path / "python")
    with peers.open_peer("kernel_qiskit", threads=1) as peer:
        assert peer is None
    assert peers.runs_of(qiskit=None) == {}


@pytest.fixture
def scripts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder of scripts that this interpreter runs as peers."""
    (tmp_path / "serving.py").symlink_to(peers.SCRIPTS / "serving.py")
    monkeypatch.setattr(peers, "PYTHON", Path(sys.executable))
    monkeypatch.setattr(peers, "SCRIPTS", tmp_path)
    return tmp_path


def test_a_peer_keeps_its_state_and_has_as_many_threads_as_we(scripts: Path) -> None:
    (scripts / "counting.py").write_text(
        "import os\nfrom serving import serve\nfrom itertools import count\n"
        "def prepare(start):\n"
        "    numbers = count(start)\n"
        "    def work():\n"
        "        print('chatter')\n"
        "        return next(numbers)\n"
        "    return work, lambda n: [n, os.environ['OMP_NUM_THREADS']]\n"
        "serve(prepare)\n"
    )
    with peers.open_peer("counting", threads=3, start=7) as peer:
        assert peer
        assert peer.run() >= 0
        assert peer.answer == [7, "3"]
        peer.run()
        assert peer.answer == [8, "3"]


def test_a_peer_that_dies_is_an_error_and_no_row(scripts: Path) -> None:
    (scripts / "dying.py").write_text("raise SystemExit(4)\n")
    with (
        pytest.raises(RuntimeError, match="dying ended with exit code 4"),
        peers.open_peer("dying", threads=1),
    ):
        pass


def test_the_peak_of_live_tensor_bytes_is_found() -> None:
    import torch

    def work() -> None:
        first = torch.ones(2**16, dtype=torch.float64)
        second = first + 1
        del first, second
        torch.ones(2**16, dtype=torch.float64)

    assert peak_tensor_bytes(work) == pytest.approx(2 * 2**19, rel=0.01)


@pytest.mark.skipif(not os.access("/proc/self/clear_refs", os.W_OK), reason="needs Linux's /proc")
def test_the_peak_of_the_resident_set_begins_anew() -> None:
    forget_peak()
    before = resident_bytes()
    with mmap(-1, 2**26) as held:  # pages of its own, whatever the allocator keeps
        held.write(b"x" * 2**26)
        assert peak_resident_bytes() - before > 0.9 * 2**26
    forget_peak()
    assert peak_resident_bytes() < before + 2**27


def test_the_processors_that_others_took_are_told_from_our_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ticks, processors = os.sysconf("SC_CLK_TCK"), os.cpu_count() or 1
    monkeypatch.setattr(quiet, "STAT", tmp_path / "stat")
    monkeypatch.setattr(quiet, "_own_seconds", iter([1.0, 3.0]).__next__)
    monkeypatch.setattr(quiet.time, "monotonic", iter([0.0, 10.0]).__next__)
    quiet.STAT.write_text("cpu 0 0 0 0\n")
    meanwhile = quiet.Meanwhile()
    quiet.STAT.write_text(f"cpu {4 * ticks} {ticks} {2 * ticks} 0\n")
    assert meanwhile.share_of_others() == pytest.approx(5 / (10 * processors))
