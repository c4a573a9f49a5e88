"""Models of the store as they are named on the command line, and their promotion."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any

from deployments.cli.benchmark_runs import find_benchmark
from qml_core.errors import ArtifactNotFound, Refused, SpecError
from qml_core.evaluation.judgement.promotion import SHORTEST, Evidence, decide_promotion
from qml_core.references import ModelRef
from qml_core.storage.benchmark_records import BenchmarkRecord, benchmarks_of
from qml_core.storage.content import read_verified
from qml_core.storage.documents import decode_document
from qml_core.storage.inventory import list_artifacts, resolve
from qml_core.storage.promotions import (
    Origin,
    PromotedModel,
    evidence_of,
    find_promoted,
    origin_of,
    promote,
    promoted_names,
)
from qml_core.storage.runs import load_run
from qml_core.storage.store import ArtifactStore

CLASSICAL = "svm"
"""Kind of the models that have no circuit."""
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,47}")


def listed_models(store: ArtifactStore) -> list[dict[str, Any]]:
    """A line each, newest first, with the names it is promoted to."""
    names: dict[str, list[str]] = {}
    for name in promoted_names(store):
        found = find_promoted(store, name)
        if found is not None:
            names.setdefault(found.model.path, []).append(name)
    rows = []
    for artifact in list_artifacts(store):
        if artifact.kind == "model" and artifact.path.endswith(".json"):
            document = decode_document(store.get(artifact.path), artifact.path)
            rows.append(
                {
                    "key": artifact.name,
                    "path": artifact.path,
                    "kind": document.get("kind", "kernel"),
                    **{name: document[name] for name in ("name", "task", "target")},
                    "modified": artifact.modified.isoformat(),
                    "promoted": names.get(artifact.path, []),
                }
            )
    return rows


def promote_model(store: ArtifactStore, words: Mapping[str, Any]) -> PromotedModel:
    """Decide on evidence, then point the name at the model.

    Raises:
        SpecError: no such model or benchmark, or a name or reason that cannot be.
        Refused: a quantum model without evidence, and without a reason.
    """
    name, override = words["name"], words["override"]
    if not _NAME.fullmatch(name):
        raise SpecError(f"--as {name[:80]!r}", "a name is a-z, 0-9 and '-', at most 48 of them")
    if override is not None and len(override.strip()) < SHORTEST:
        raise SpecError(
            f"--override {override!r} has {len(override.strip())} characters, at least {SHORTEST}",
            "say why the model is promoted without evidence",
        )
    model, kind = find_model(store, words["model"])
    quantum, origin = kind != CLASSICAL, origin_of(store, model.path)
    evidence = _evidence(store, origin, words["benchmark"])
    decision = decide_promotion(quantum, evidence, override)
    if not decision.allowed:
        raise Refused(
            f"{model.name} {words['model']} is not promoted: {decision.why}", _remedy(evidence)
        )
    before = find_promoted(store, name)
    found = PromotedModel(
        name=name,
        model=model,
        quantum=quantum,
        origin=origin,
        benchmark=None if evidence is None else evidence.run,
        outcome=None if evidence is None else evidence.worst.outcome,
        why=decision.why,
        override=override.strip() if decision.overridden else None,
        when=datetime.now(timezone.utc),
        over=None if before is None else before.model,
    )
    promote(store, found)
    return found


def find_model(store: ArtifactStore, name: str) -> tuple[ModelRef, str]:
    """The model NAME stands for, and its kind; raises SpecError."""
    try:
        artifact = resolve(store, name)
    except ArtifactNotFound as error:
        raise SpecError(error.message, "see `qml models list`") from error
    path = artifact.path
    if artifact.kind == "run":
        paths = [model["path"] for model in load_run(store, artifact.name)["models"]]
        if len(paths) != 1:
            keys = ", ".join(path[10:22] for path in paths)
            raise SpecError(
                f"run {name} has {len(paths)} models{': ' if keys else ''}{keys}",
                "name one by its key, see `qml models list`",
            )
        path = paths[0]
    elif artifact.kind != "model" or not path.endswith(".json"):
        raise SpecError(f"{name} is no model but {path}", "see `qml models list`")
    sha256 = path.rpartition("/")[2].removesuffix(".json")
    document = decode_document(read_verified(store, path, sha256), path)
    seed = int(document.get("extra", {}).get("split_seed", 0))
    ref = ModelRef(
        store=store.url, path=path, sha256=sha256, name=document["name"], split_seed=seed
    )
    return ref, str(document.get("kind", "kernel"))


def _evidence(store: ArtifactStore, origin: Origin | None, run: str | None) -> Evidence | None:
    asked: Iterable[BenchmarkRecord] = benchmarks_of(store)
    if run is not None:
        asked = [find_benchmark(store, run)]
    return None if origin is None else evidence_of(origin, asked)


def _remedy(evidence: Evidence | None) -> str:
    reason = 'or give a reason that is stored: --override "…"'
    if evidence is None:
        return f"run `qml benchmark` with the same data set, preprocessing and model, {reason}"
    return f"promote the classical model of its run, {reason}"
