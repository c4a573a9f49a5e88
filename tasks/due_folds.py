"""Folds that are to be measured: what is known of each, and how its outcome is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from qml_core.evaluation.contestants import Tested
from qml_core.evaluation.objectives.scores import Predicted
from qml_core.references import BenchmarkPlan, DatasetRef, FoldScore, Grant
from qml_core.specs import BackendSpec, ContestantSpec, ModelSpec
from qml_core.storage.folds import FoldRecord, HeldOut, put_fold
from qml_core.storage.probe import open_checked_store
from tasks.fold_records import fold_key, model_document, score_of
from tasks.provenance import package_versions
from tasks.tunings import Tuning


@dataclass(frozen=True)
class Due:
    """A contestant that is to be measured on an outer fold; `place`: (repeat, fold)."""

    name: str
    data: DatasetRef
    contestant: ContestantSpec
    place: tuple[int, int]
    tuning: Tuning | None = None

    def tuned(self, tuning: Tuning) -> "Due":
        return replace(self, tuning=tuning)

    @property
    def model(self) -> ModelSpec:
        """As it was tuned."""
        assert self.tuning is not None
        return self.tuning.model

    def tested(self, predicted: Predicted) -> Tested:
        """What the measured model says, and how it was tuned."""
        tuning = self.tuning
        assert tuning is not None
        return Tested(
            predicted=predicted,
            configuration=dict(tuning.configuration),
            inner_score=tuning.inner_score,
            configurations=tuning.configurations,
            inner_scores=np.array([tuning.inner_score]),
        )

    def key(self, plan: BenchmarkPlan, backend: BackendSpec) -> str:
        """Of its record, measured on a backend."""
        return fold_key(plan, self.data, self.contestant, backend)


def put_due(
    plan: BenchmarkPlan,
    due: Due,
    outcome: tuple[Mapping[str, Any], HeldOut],
    cost: Mapping[str, Any],
    grant: Grant | None = None,
) -> FoldScore:
    """Keep the record of a fold; what is under its key then.

    Args:
        outcome: fields of the record, and the predictions.
        cost: seconds, circuits, shots, QPU seconds, USD; calibrations, where they are known of
            every job.
        grant: under which it was measured; none: it was not.
    """
    used = plan.backend if grant is None else grant.backend_used
    fields, held_out = outcome
    calibration = None if grant is None else grant.calibration
    kept = {"calibrations": () if calibration is None else (calibration,), **cost}
    record = FoldRecord(
        key=due.key(plan, used),
        data=due.data.sha256,
        model=model_document(due.contestant),
        n_train=due.data.n_train,
        n_test=due.data.n_test,
        seed=due.data.split_seed,
        backend=used.name,
        versions=package_versions(),
        **fields,
        **kept,
    )
    found = put_fold(open_checked_store(plan.store), record, held_out)
    return score_of(found, due.name, due.contestant, due.place, 1.0, reused=False)
