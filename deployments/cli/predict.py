"""`qml predict`: a stored model on new data, through the very same preprocessing."""

from collections.abc import Mapping
from typing import Any

import click

from deployments.cli.answers import tell_answers
from deployments.cli.parameters import JSON, SET, apply_settings, validate
from deployments.cli.reaching import open_own_store
from deployments.cli.run_words import run_record
from qml_core.errors import DataError
from qml_core.references import ModelRef
from qml_core.specs import BackendSpec, RunSpec, Spec

KINDS: dict[str, type[Spec]] = {"backend": BackendSpec, "run": RunSpec}


@click.command()
@click.argument("named", nargs=-1, metavar="[RUN] DATA")
@click.option("--model", "promoted", metavar="NAME", help="A promoted model, instead of RUN.")
@click.option("--split", type=int, default=0, help="Which split's model, counted from 0.")
@click.option("--backend", metavar="NAME", help="Of a circuit; none: what it was trained on.")
@click.option(
    "--outside",
    type=click.Choice(["warn", "refuse"]),
    default="warn",
    help="Rows outside the training range.",
)
@click.option(
    "--fallback",
    metavar="RUN",
    help="`baseline`, or a run: its RBF-SVM answers where the backend is refused or down.",
)
@click.option("--out", metavar="FILE", help="Write a CSV instead of printing.")
@SET
@click.option("--local", is_flag=True, help="Own temporary Prefect server; QPUs and shots only.")
@click.option("--verbose", is_flag=True, help="Prefect's own log as well.")
@JSON
def predict(named: tuple[str, ...], **words: Any) -> None:
    """Predict DATA (CSV or Parquet, with or without the target) with a model of RUN or `latest`."""
    run, data = _run_and_data(named, words)
    store = open_own_store()
    if run is None:
        reference, record, words["split"] = _promoted(store, words["promoted"])
    else:
        record = run_record(store, run)
        reference = _model(record, words["split"])
    specs = _specs(words)
    fallback = None if words["fallback"] is None else _fallback(store, record, words)
    from deployments.cli.predicting import predictions  # heavy: after the words proved right

    found = predictions(reference, data, specs, fallback, words)
    tell_answers(found, {"run_id": record["run_id"], "split": words["split"]}, words)


def _run_and_data(named: tuple[str, ...], words: Mapping[str, Any]) -> tuple[str | None, str]:
    """The words RUN, none where --model stands for it, and DATA."""
    if words["promoted"] is None:
        if len(named) < 2:
            raise click.UsageError(f"Missing argument {'DATA' if named else 'RUN'!r}.")
        run: str | None = named[0]
    else:
        if words["split"]:
            raise click.UsageError("--split is for a model of RUN, --model names one")
        run, named = None, ("", *named)
        if len(named) < 2:
            raise click.UsageError("Missing argument 'DATA'.")
    if len(named) > 2:
        raise click.UsageError(f"Got unexpected extra argument ({' '.join(named[2:])})")
    return run, named[1]


def _promoted(store: Any, name: str) -> tuple[ModelRef, Mapping[str, Any], int]:
    """The model that a name stands for, the record of the run that trained it, and its split."""
    from qml_core.storage.promotions import promoted_model

    found = promoted_model(store, name)
    if found.origin is None:
        return found.model, {"run_id": None}, 0
    record = run_record(store, found.origin.run_id)
    return found.model, record, found.origin.split


def _specs(words: Mapping[str, Any]) -> dict[str, Spec | None]:
    """The backend that is asked for, none: the model's own; and the terms."""
    document: dict[str, Any] = {}
    if words["backend"] is not None:
        document["backend"] = {"name": words["backend"]}
    apply_settings(document, words["settings"], KINDS)
    asked = {name: KINDS[name] for name in document}
    validated = validate(document, asked)
    return {"backend": validated.get("backend"), "run": validated.get("run", RunSpec())}


def _fallback(store: Any, record: Mapping[str, Any], words: Mapping[str, Any]) -> ModelRef:
    """The RBF-SVM that was tuned beside the model, or beside that of another run."""
    named = words["fallback"]
    found = record if named == "baseline" else run_record(store, named)
    split = words["split"]
    outcomes = found.get("outcomes") or []
    baseline = outcomes[split].get("baseline_model") if split < len(outcomes) else None
    if baseline is None:
        raise DataError(
            f"--fallback {named}: run {found['run_id']} has no classical model of split {split}",
            "name a run of `qml train --model vqc`, vqr or hybrid, which store their RBF-SVM",
        )
    return ModelRef.model_validate(baseline)


def _model(record: Mapping[str, Any], split: int) -> ModelRef:
    models = record["models"]
    if not models:
        raise DataError(
            f"run {record['run_id']} trained no model, it was `qml {record['verb']}`",
            "name a run of `qml train`",
        )
    if not 0 <= split < len(models):
        raise DataError(
            f"--split {split}: run {record['run_id']} has {len(models)} models",
            f"choose from 0 to {len(models) - 1}",
        )
    return ModelRef.model_validate(models[split])
