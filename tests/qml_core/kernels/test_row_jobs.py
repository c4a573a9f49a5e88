"""Rows in random bases become jobs: each once, of a size that fits, shared by matrices."""

from collections import Counter

import numpy as np
import pytest

from qml_core.budget.projection import job_sizes
from qml_core.kernels.planning import plan_kernel
from qml_core.kernels.row_jobs import needed_jobs, rows_key, sides
from qml_core.references import ArtifactRef, DatasetRef
from qml_core.specs import BackendSpec, KernelSpec, RunSpec

PLACE = {"store": "file:///s", "path": "p", "sha256": "0" * 64}


def data(rows, test=0):
    return DatasetRef(
        **PLACE,
        name="made",
        digest="d" * 64,
        task="classification",
        rows=rows,
        features=2,
        raw_columns=("a", "b"),
        target="y",
        classes=("0", "1"),
        n_train=rows - test,
        n_test=max(test, 1),
        split_seed=0,
        preprocessing=ArtifactRef(**PLACE),
    )


def randomised(bases, shots=100, name="ionq.simulator"):
    return BackendSpec(name=name, shots=shots, estimator="randomised", bases=bases)


def test_a_job_holds_as_many_rows_as_fit():
    plan = plan_kernel(data(20), KernelSpec(), randomised(30), RunSpec())
    jobs = needed_jobs(plan, plan.blocks)
    assert [job.rows for job in jobs] == [(k, min(k + 3, 20)) for k in range(0, 20, 3)]
    assert {job.bases for job in jobs} == {(0, 30)}
    assert job_sizes(plan) == Counter({90: 6, 60: 1})
    assert plan.estimate.circuits == 600
    assert plan.estimate.shots == 60_000


def test_more_bases_than_a_job_holds_are_several_jobs_a_row():
    plan = plan_kernel(data(4), KernelSpec(), randomised(250), RunSpec())
    assert job_sizes(plan) == Counter({100: 8, 50: 4})
    names = [job.name for job in needed_jobs(plan, plan.blocks)]
    assert names[:3] == [f"rows-0-1-bases-{k}-{min(k + 100, 250)}" for k in (0, 100, 200)]
    assert len(set(names)) == 12


@pytest.mark.parametrize(("rows", "bases"), [(7, 3), (40, 33), (5, 400), (600, 60)])
def test_jobs_cover_every_row_and_basis_once(rows, bases):
    plan = plan_kernel(data(rows), KernelSpec(), randomised(bases), RunSpec())
    covered = np.zeros((rows, bases), int)
    for job in needed_jobs(plan, plan.blocks):
        covered[slice(*job.rows), slice(*job.bases)] += 1
        assert job.circuits <= 100
    assert (covered == 1).all()


def test_what_is_stored_is_not_counted():
    plan = plan_kernel(data(600), KernelSpec(), randomised(50), RunSpec())
    assert plan.blocks == ((0, 0), (0, 1), (1, 1))
    assert job_sizes(plan).total() == 300
    assert job_sizes(plan, [(0, 0), (0, 1)]).total() == 44  # rows 512 … 599
    every = needed_jobs(plan, plan.blocks)
    assert job_sizes(plan, [(0, 0)], every[:10]).total() == 290
    assert job_sizes(plan, (), every) == Counter()
    assert job_sizes(plan, plan.blocks) == Counter()


def test_matrices_of_the_same_rows_share_their_jobs():
    backend, run, both = randomised(25), RunSpec(seed=3), data(30, test=6)
    train = plan_kernel(both, KernelSpec(), backend, run, rows="train")
    cross = plan_kernel(both, KernelSpec(), backend, run, rows="test", columns="train")
    few = plan_kernel(
        both, KernelSpec(landmarks=3), backend, run, rows="train", landmarks=(9, 1, 20)
    )
    assert {rows_key(plan, "train") for plan in (train, cross, few)} == {train.key}
    own = set(needed_jobs(train, train.blocks))
    assert set(needed_jobs(few, few.blocks)) == own
    beyond = [job for job in needed_jobs(cross, cross.blocks) if job not in own]
    assert {(job.role, job.rows) for job in beyond} == {("test", (0, 4)), ("test", (4, 6))}
    assert job_sizes(cross, (), own) == Counter({100: 1, 50: 1})
    assert sides(few, (0, 0))[1].rows.tolist() == [9, 1, 20]
    assert (train.estimate.circuits, cross.estimate.circuits) == (24 * 25, 6 * 25)


def test_other_seeds_shots_and_measurements_share_nothing():
    keys = {
        rows_key(plan_kernel(data(30), KernelSpec(), backend, run), "all")
        for backend, run in (
            (randomised(25), RunSpec()),
            (randomised(26), RunSpec()),
            (randomised(25, shots=101), RunSpec()),
            (randomised(25), RunSpec(seed=1)),
            (randomised(25), RunSpec(remeasure=1)),
        )
    }
    assert len(keys) == 5
