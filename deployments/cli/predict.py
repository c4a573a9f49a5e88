"""`qml predict`: a stored model on new data, through the very same preprocessing."""

import json
from collections.abc import Mapping
from typing import Any

import click

from deployments.cli.parameters import JSON
from deployments.cli.reaching import open_own_store
from deployments.cli.run_words import run_record
from qml_core.errors import DataError
from qml_core.references import ModelRef


@click.command()
@click.argument("run")
@click.argument("data")
@click.option("--split", type=int, default=0, help="Which split's model, counted from 0.")
@click.option("--out", metavar="FILE", help="Write a CSV instead of printing.")
@JSON
def predict(run: str, data: str, split: int, out: str | None, as_json: bool) -> None:
    """Predict DATA (CSV or Parquet, with or without the target) with a model of RUN or `latest`."""
    from qml_core.evaluation.datasets import read_features

    store = open_own_store()
    record = run_record(store, run)
    reference = _model(record, split)
    features = read_features(data)
    from qml_core.storage.models import get_model  # heavy: after the words have proved right

    model = get_model(reference)
    features = features.drop(columns=[model.target], errors="ignore")
    predicted: list[str | float] = [
        str(p) if model.task == "classification" else float(p) for p in model.predict(features)
    ]
    if as_json:
        found = {"run_id": record["run_id"], "split": split, model.target: predicted}
        click.echo(json.dumps(found))
    elif out is None:
        click.echo(_csv(model.target, predicted), nl=False)
    else:
        _write(out, _csv(model.target, predicted))
        click.echo(f"{len(predicted)} predictions in {out}", err=True)


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


def _csv(target: str, predicted: list[str | float]) -> str:
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([[target], *([value] for value in predicted)])
    return text.getvalue()


def _write(out: str, text: str) -> None:
    try:
        with click.open_file(out, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise DataError(f"--out {out} cannot be written: {error.strerror}") from error
