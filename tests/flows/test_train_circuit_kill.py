"""SIGKILL of a training at any moment: the same command goes on, bit for bit the same."""

import json
import random
import time
from dataclasses import replace

import pytest
from killed_commands import KILLED, open_commands
from training_states import bits_of

from qml_core.references import RunRef
from qml_core.storage.checkpoints import get_checkpoint

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]

WRITES = ("put", "put_if_absent", "delete", "move")
STAGES = ("start Prefect", "load data", "train ", "evaluate")
STEPS = 4
SPLIT = ("--set", "dataset.split.repeats=1")
CANCER = ("train", "breast_cancer", "--model", "vqc", "--qubits", "2", *SPLIT)
FOUR_STEPS = ("--set", "model.training.batch_size=100", "--set", "model.training.checkpoint_s=0")


@pytest.fixture(scope="module")
def processes(prefect_server, tmp_path_factory):
    from prefect.settings import PREFECT_API_URL

    with open_commands(tmp_path_factory.mktemp("commands"), PREFECT_API_URL.value()) as opened:
        yield opened


@pytest.fixture
def qml(processes, tmp_path):
    """qml(store, words, kill): exit status of the command in a process with a store of its own."""

    def run(store, words, kill=None):
        own = {
            "QML_STORAGE_URL": (tmp_path / store).as_uri(),
            "QML_LEDGER_URL": f"sqlite:///{tmp_path / 'ledger.db'}",
            "XDG_DATA_HOME": str(tmp_path),
        }
        return processes(*words, "--json", kill=kill, **own)

    return run


def newest(folder):
    """(Finished epochs, steps) of the newest checkpoint with a document."""
    names = [file.stem for file in folder.glob("trainings/*/checkpoints/*.json")]
    return max(((int(n[1:7]), int(n[9:14])) for n in names), default=None)


def finished(processes, qml, store, words):
    """What an undisturbed command ends with."""
    assert qml(store, words) == 0, processes.err
    return RunRef.model_validate_json(processes.out)


def result(run):
    """Every bit but how long it took: of the last checkpoint, and which model was stored."""
    state = get_checkpoint(run.trainings[0].checkpoint)
    history = tuple(replace(record, seconds=0.0) for record in state.history)
    return bits_of(replace(state, history=history)), run.models[0].sha256


def test_killed_at_any_moment_the_same_command_goes_on_and_ends_with_the_same_bits(
    processes, qml, tmp_path
):
    words = (*CANCER, *FOUR_STEPS, "--epochs", "4")
    document = {"calls": ["put_if_absent"], "path": r"checkpoints/e000003-s00002\.json"}
    moments = [  # where it is killed; the first part it was asked for; what it has left
        ({"part": "epoch 1 step 1"}, "", None),
        ({"part": "epoch 2 step 3"}, "epoch 1 step 1", (1, 2)),
        (document, "epoch 2 step 3", (3, 1)),  # tensors are there, their document is not
        ({"part": "test"}, "epoch 4 step 2", (4, 0)),
        ({"calls": ["put_if_absent", "put"], "path": "^models/"}, "test", (4, 0)),
    ]
    for kill, first, left in moments:
        assert qml("killed", words, kill) == KILLED, processes.err
        assert " ".join(processes.parts[:1]).startswith(first)
        assert newest(tmp_path / "killed") == left
    resumed = finished(processes, qml, "killed", words)
    assert not [part for part in processes.parts if part.startswith("epoch")]
    assert (resumed.epochs, resumed.reused_epochs) == (4, 4)
    whole = finished(processes, qml, "whole", words)
    assert (whole.epochs, whole.reused_epochs) == (4, 0)
    assert [p for p in processes.parts if "step" in p] == [
        f"epoch {epoch} step {step}" for epoch in range(1, 5) for step in range(1, STEPS + 1)
    ]
    assert result(resumed) == result(whole)


def test_a_training_that_diverges_ends_in_one_line_that_names_step_and_checkpoint(
    processes, qml, tmp_path
):
    settings = ("optimiser=sgd", "learning_rate=10", "validation=0", "checkpoint_epochs=3")
    words = ["train", "diabetes", "--model", "vqr", "--qubits", "2", "--epochs", "80", *SPLIT]
    for setting in settings:
        words += ["--set", f"model.training.{setting}"]
    assert qml("diverges", words) == 2
    assert processes.out == ""
    assert len(set(processes.parts)) == len(processes.parts), "nothing is tried again"
    (line,) = (line for line in processes.err.splitlines() if not line.startswith(STAGES))
    epoch, step = newest(tmp_path / "diverges")
    last = processes.parts[-1].removeprefix("epoch ").replace(" step", ", step")
    assert line.startswith(f"qml: the loss is inf in epoch {last}, training needs finite numbers;")
    (kept,) = tmp_path.glob(f"diverges/trainings/*/checkpoints/e{epoch:06d}-s{step:05d}.json")
    assert f"{kept.relative_to(tmp_path / 'diverges')} of epoch {epoch} is kept" in line
    assert json.loads(kept.read_text())["epoch"] == epoch


WAYS = {
    "adam": ("optimiser=adam", "patience=9"),
    "spsa": ("optimiser=spsa",),
    "cobyla": ("optimiser=cobyla", "epochs=60"),
    "lbfgs": ("optimiser=lbfgs",),
    "qng": ("optimiser=qng", "schedule=cosine"),
    "layerwise": ("optimiser=adam", "layerwise=2"),
    "shots": ("optimiser=adam", "batch_size=10"),
    "spsa with shots": ("optimiser=spsa", "batch_size=10"),
}


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_many_kills_at_random_moments_leave_the_same_bits(processes, qml, tmp_path, way):
    words = ["train", "moons", "--model", "vqc", "--epochs", "12", *SPLIT]
    words += ["--set", "dataset.parameters.n_samples=60", "--set", "model.training.checkpoint_s=0"]
    for setting in WAYS[way]:
        words += ["--set", f"model.training.{setting}"]
    if "shots" in way:
        words += ["--set", "backend.shots=50"]
    began = time.monotonic()
    whole = finished(processes, qml, "whole", words)
    seconds, generator = time.monotonic() - began, random.Random(way)
    for _ in range(8):  # it may come to its end on the way
        assert qml("killed", words, {"after_s": generator.uniform(0.1, 1) * seconds}) in (0, KILLED)
    assert result(finished(processes, qml, "killed", words)) == result(whole)


@pytest.mark.slow
def test_killed_before_each_write_a_second_command_ends_with_the_same_bits(processes, qml):
    words = (*CANCER, *FOUR_STEPS, "--set", "model.training.batch_size=200", "--epochs", "1")
    whole = result(finished(processes, qml, "whole", words))
    nth = 1
    while qml(f"killed {nth}", words, {"calls": WRITES, "nth": nth}) == KILLED:
        assert result(finished(processes, qml, f"killed {nth}", words)) == whole, nth
        nth += 1
    assert nth > 10
