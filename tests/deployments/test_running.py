"""What a person reads at the end of a run."""

import pytest

from deployments.cli.running import _tell
from qml_core.references import ArtifactRef, MatrixRef, RunRef

REF = {"store": "file:///s", "path": "x/aa", "sha256": "0" * 64}
FALLBACK = "asked ibm.ibm_torino, ran on qml.batched because ibm.ibm_torino refused: offline"


def finished(fallback):
    matrix = MatrixRef(
        **REF, key="k", shape=(2, 2), symmetric=True, blocks=1, computed=1, reused=0, seconds=0.1
    )
    return RunRef(
        **REF,
        run_id="r",
        report=ArtifactRef(**REF),
        matrices=(matrix,),
        verdict="The kernel is a kernel.",
        command="qml kernel",
        fallback=fallback,
    )


@pytest.mark.parametrize("fallback", [None, FALLBACK])
def test_the_last_lines_say_what_ran_instead(capsys, monkeypatch, fallback):
    monkeypatch.setenv("COLUMNS", "60")
    _tell(finished(fallback), None, local=False)
    lines = capsys.readouterr().out.splitlines()
    if fallback is None:
        assert lines[-1].startswith("repeat")
        return
    last = "\n".join(lines[-2:])
    assert max(map(len, lines[-2:])) <= 60
    assert " ".join(last.split()) == f"backend {FALLBACK}"
