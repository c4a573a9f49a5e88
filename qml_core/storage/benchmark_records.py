"""The record of a run as the benchmark that it was."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field, ValidationError

from qml_core.errors import CorruptArtifact, SpecError
from qml_core.references import AcrossData, ArtifactRef, DataVerdict, ScreenRef
from qml_core.specs import BackendSpec, BenchmarkSpec, Spec
from qml_core.storage.runs import list_runs, load_run
from qml_core.storage.store import ArtifactStore


class BenchmarkRecord(Spec):
    """A finished benchmark: what was asked, what was decided, where its folds and page are."""

    run_id: str
    created: str = Field(description="ISO 8601, UTC")
    benchmark: BenchmarkSpec
    backend: BackendSpec
    data: tuple[DataVerdict, ...]
    across: AcrossData | None = None
    screens: tuple[ScreenRef, ...] = ()
    verdict: str
    table: ArtifactRef = Field(description="Every fold of every model, Parquet")
    report: ArtifactRef
    command: str


def benchmark_record(record: Mapping[str, Any]) -> BenchmarkRecord:
    """The benchmark in the record of a run.

    Raises:
        SpecError: the run was no benchmark.
        CorruptArtifact: it was one, but cannot be read.
    """
    run, decided = record.get("run_id"), record.get("benchmark")
    if record.get("verb") != "benchmark" or not isinstance(decided, dict):
        raise SpecError(
            f"run {run} is no benchmark, it was `qml {record.get('verb')}`",
            "name a run of `qml benchmark`, see `qml artifacts list --kind run`",
        )
    try:
        same = {name: record[name] for name in ("run_id", "created", "verdict", "report")}
        asked = {name: record["asked"][name] for name in ("benchmark", "backend")}
        return BenchmarkRecord.model_validate(
            {
                **same,
                **asked,
                **{name: decided.get(name) for name in ("data", "across", "screens")},
                "table": record["tables"][0],
                "command": record["command"],
            }
        )
    except (KeyError, IndexError, TypeError, ValidationError) as error:
        raise CorruptArtifact(
            f"the benchmark in the record of run {run} cannot be read: "
            f"{str(error).splitlines()[0]}",
            "see `qml artifacts verify`, or run it again with this version",
        ) from error


def benchmarks_of(store: ArtifactStore) -> Iterator[BenchmarkRecord]:
    """All benchmarks of a store, newest first."""
    for run_id in list_runs(store):
        record = load_run(store, run_id)
        if record.get("verb") == "benchmark":
            yield benchmark_record(record)
