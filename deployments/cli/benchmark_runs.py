"""Stored benchmarks as they are asked for on the command line."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from qml_core.errors import ArtifactNotFound, SpecError
from qml_core.keys import canonical_json, digest
from qml_core.references.compared import RunsCompared
from qml_core.specs import DatasetSpec
from qml_core.storage.benchmark_records import BenchmarkRecord, benchmark_record, benchmarks_of
from qml_core.storage.store import ArtifactStore

if TYPE_CHECKING:
    from qml_core.evaluation.judgement.two_runs import RunOnData

Row = Mapping[str, Any]


def find_benchmark(store: ArtifactStore, run: str | None) -> BenchmarkRecord:
    """The benchmark RUN names by its id or the beginning of it; none, `latest`: the newest.

    Raises:
        SpecError: there is none, no such run, or the run is no benchmark.
    """
    from deployments.cli.run_words import run_record

    if run is None or run == "latest":
        for found in benchmarks_of(store):
            return found
        raise SpecError(f"{store.url} holds no benchmark", "see `qml benchmark run --help`")
    try:
        return benchmark_record(run_record(store, run))
    except ArtifactNotFound as error:
        raise SpecError(error.message, error.remedy) from error


def compare_benchmarks(first: BenchmarkRecord, second: BenchmarkRecord) -> RunsCompared:
    """Data set by data set, those that both have; raises SpecError where it is one run."""
    from qml_core.evaluation.judgement.two_runs import compare_on_data

    if first.run_id == second.run_id:
        raise SpecError(
            f"run {first.run_id} was named twice", "name two runs, see `qml artifacts list`"
        )
    before, after = _on_data(first), _on_data(second)
    return RunsCompared(
        first=first.run_id,
        second=second.run_id,
        data=tuple(
            compare_on_data(one, after[data]) for data, one in before.items() if data in after
        ),
        only_first=tuple(data for data in before if data not in after),
        only_second=tuple(data for data in after if data not in before),
    )


def _on_data(record: BenchmarkRecord) -> dict[str, "RunOnData"]:
    from qml_core.evaluation.judgement.two_runs import RunOnData
    from qml_core.storage.benchmarks import get_benchmark

    rows = [row for row in get_benchmark(record.table).to_pylist() if row["share"] == 1.0]
    found = {}
    for spec, verdict in zip(record.benchmark.datasets, record.data, strict=True):
        own = [row for row in rows if row["data"] == verdict.data]
        models = list(dict.fromkeys(row["model"] for row in own))
        found[verdict.data] = RunOnData(
            data=verdict.data,
            source=_source(spec),
            prepared=canonical_json(spec.preprocessing.model_dump(mode="json")).decode(),
            metric=verdict.metric,
            threshold=verdict.threshold,
            folds=_folds(own),
            scores={model: _by_place(own, model, verdict.metric) for model in models},
            keys={model: _by_place(own, model, "key") for model in models},
        )
    return found


def _source(spec: DatasetSpec) -> str:
    """Which data: not how they are prepared; the split is the benchmark's own."""
    document = spec.model_dump(mode="json", exclude={"preprocessing", "split"})
    return json.dumps(document, sort_keys=True)


def _folds(rows: Sequence[Row]) -> dict[Any, Any]:
    """By place, as the models saw them that did not fail."""
    from qml_core.evaluation.judgement.two_runs import Fold

    return {
        _place(row): Fold(_held_out(row), row["n_train"], row["n_test"])
        for row in rows
        if row["status"] == "done"
    }


def _held_out(row: Row) -> str:
    return digest(json.dumps([row["rows"], row["y_true"]]).encode())


def _by_place(rows: Sequence[Row], model: str, column: str) -> dict[tuple[int, int], Any]:
    return {
        _place(row): row[column]
        for row in rows
        if row["model"] == model and row[column] is not None
    }


def _place(row: Row) -> tuple[int, int]:
    return row["repeat"], row["fold"]
