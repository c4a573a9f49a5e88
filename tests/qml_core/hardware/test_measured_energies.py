"""The measured evaluator: names of its jobs, what it discards, and against exact values."""

import networkx as nx
import numpy as np
import pytest

from qml_core.errors import DataError, JobFailed, SpecError
from qml_core.hardware.backends.statevector import StatevectorBackend
from qml_core.hardware.measured_energies import MeasuredEvaluator
from qml_core.hardware.measurement import Ran
from qml_core.hardware.running import SimulatedRun
from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.problems.registers import Registers
from qml_core.optimisation.qaoa.algorithm import QAOA, warm_of
from qml_core.optimisation.qaoa.estimates import evaluation_names, job_sizes, prefixes, readout_jobs
from qml_core.optimisation.qaoa.evaluators import ExactEvaluator
from qml_core.optimisation.qaoa.evolution import open_evolution
from qml_core.optimisation.qaoa.objectives import open_objective
from qml_core.specs import BackendSpec, QAOASpec

ONE_HOT = Registers(((0, 1, 2), (3,)))
LEVELS = Ising(4, {(): 1.75, (1,): -0.5, (2,): -1.0, (3,): -0.25, (0, 3): 0.3})
RING = Ising.maxcut(nx.cycle_graph(6))


class Noted:
    """Runs circuits exactly, with shots, and keeps the names of its parts."""

    def __init__(self, counts=None):
        self.parts, self.run = {}, SimulatedRun("k", StatevectorBackend("qml.batched", 0), None)
        self.counts = counts

    def __call__(self, part, circuits, shots):
        assert part not in self.parts
        self.parts[part] = (len(circuits), shots)
        if self.counts is not None:
            return Ran(tuple(self.counts for _ in circuits), None, None)
        return self.run(part, circuits, shots)


def measured(ising, registers, qaoa, shots=2000, counts=None):
    backend = BackendSpec(name="qml.batched", shots=shots)
    return MeasuredEvaluator(Noted(counts), ising, registers, qaoa, backend, seed=3)


@pytest.mark.parametrize(
    ("qaoa", "registers"),
    [
        (QAOASpec(layers=2), None),
        (QAOASpec(layers=2), ONE_HOT),
        (QAOASpec(layers=2, mixer="xy_complete", start="basis"), ONE_HOT),
        (QAOASpec(layers=1, warm_start=0.2), None),
        (QAOASpec(layers=2, objective="cvar", alpha=0.3), ONE_HOT),
    ],
)
def test_measured_objectives_are_exact_ones_within_their_shots(qaoa, registers):
    mixer = {"auto": "x" if registers is None else "xy_ring"}.get(qaoa.mixer, qaoa.mixer)
    evolution = open_evolution(
        LEVELS, registers, mixer, start=qaoa.start, warm=warm_of(qaoa, LEVELS, 3)
    )
    objective = open_objective(qaoa, LEVELS)
    exact = ExactEvaluator(evolution, objective, np.random.default_rng(0))
    angles = np.random.default_rng(1).uniform(-1, 1, (2, 2, qaoa.layers))
    shots = 20_000
    found = measured(LEVELS, registers, qaoa, shots).values(angles, "evaluation 1")
    spread = np.abs(LEVELS.coefficients).sum() / np.sqrt(shots)
    np.testing.assert_allclose(found, exact.values(angles), atol=6 * spread)


def test_a_circuit_without_a_feasible_sample_has_the_greatest_energy_and_says_so():
    evaluator = measured(LEVELS, ONE_HOT, QAOASpec(layers=1), counts={"1100": 7, "0000": 3})
    angles = np.zeros((1, 2, 1))
    (value,) = evaluator.values(angles, "evaluation 1")
    assert value == pytest.approx(1.75 + 0.5 + 1 + 0.25 + 0.3)
    assert value > LEVELS.energies(ONE_HOT.bits_of(np.array([[0, 0], [1, 1], [2, 1]]))).max()
    assert evaluator.samples(angles[0], 10, "readout").shots == 10
    assert any("1 evaluations gave no feasible" in note for note in evaluator.tally.notes)
    assert any("20 of 20 samples" in note for note in evaluator.tally.notes)
    asked = QAOASpec(layers=1, evaluations=3)
    again = measured(LEVELS, ONE_HOT, asked, counts={"1100": 7, "0000": 3})
    with pytest.raises(DataError, match="feasible"):
        QAOA.from_spec(asked, ONE_HOT).fit(LEVELS, again)


def test_infeasible_samples_count_in_no_objective():
    evaluator = measured(LEVELS, ONE_HOT, QAOASpec(layers=1), counts={"1100": 90, "0010": 10})
    (value,) = evaluator.values(np.zeros((1, 2, 1)), "evaluation 1")
    assert value == pytest.approx(float(LEVELS.energies(np.array([[0, 0, 1, 0]]))[0]))
    with pytest.raises(JobFailed, match="none"):
        measured(LEVELS, None, QAOASpec(), counts={}).values(np.zeros((1, 2, 1)), "evaluation 1")
    with pytest.raises(SpecError, match="gradient"):
        evaluator.value_and_gradient(np.zeros((2, 1)))


@pytest.mark.parametrize("optimiser", ["cobyla", "spsa", "none"])
@pytest.mark.parametrize("recursive", [None, 3])
def test_every_part_that_is_run_was_foreseen_by_name_and_number(optimiser, recursive):
    qaoa = QAOASpec(
        layers=1, optimiser=optimiser, evaluations=12, starts=2, recursive=recursive, samples=250
    )
    backend = BackendSpec(name="qml.batched", shots=100)
    noted = Noted()
    evaluator = MeasuredEvaluator(noted, RING, None, qaoa, backend, seed=0)
    found = QAOA.from_spec(qaoa).fit(RING, evaluator)
    read, names = {}, set()
    for prefix in prefixes(qaoa, 6):
        read |= readout_jobs(prefix, qaoa, backend)
        names |= set(evaluation_names(qaoa, prefix))
    assert set(noted.parts) <= names | set(read)
    assert {part: noted.parts[part] for part in read} == dict.fromkeys(read, (3, 84))
    tuned = set(noted.parts) - set(read)
    assert {noted.parts[part] for part in tuned} <= {(1, 100)}
    assert len(tuned) == found.evaluations
    foreseen = job_sizes(qaoa, 6, backend)
    assert foreseen[3] == len(read) == (1 if recursive is None else 3)
    assert len(tuned) <= foreseen[1] == (0 if optimiser == "none" else 12)
    assert found.samples.shots == 252
