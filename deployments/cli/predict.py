"""`qml predict`: a stored model on new data, through the very same preprocessing."""

import json

import click

from deployments.cli.parameters import JSON
from qml_core.references import ModelRef
from qml_core.settings import Settings


@click.command()
@click.argument("run")
@click.argument("data")
@click.option("--split", type=int, default=0, help="Which split's model, counted from 0.")
@click.option("--out", metavar="FILE", help="Write a CSV instead of printing.")
@JSON
def predict(run: str, data: str, split: int, out: str | None, as_json: bool) -> None:
    """Predict DATA (CSV or Parquet without the target) with a model of RUN (or `latest`)."""
    from qml_core.errors import DataError
    from qml_core.evaluation.datasets import read_features
    from qml_core.storage.models import get_model
    from qml_core.storage.runs import find_run
    from qml_core.storage.store import open_store

    store = open_store(Settings.from_environment().storage_url)
    record = find_run(store, None if run == "latest" else run)
    models = record["models"]
    if not 0 <= split < len(models):
        raise DataError(f"--split {split}: run {record['run_id']} has {len(models)} models")
    model = get_model(ModelRef.model_validate(models[split]))
    features = read_features(data)
    features = features.drop(columns=[model.target], errors="ignore")
    predicted = [
        str(p) if model.task == "classification" else float(p) for p in model.predict(features)
    ]
    if as_json:
        click.echo(
            json.dumps({"run_id": record["run_id"], "split": split, model.target: predicted})
        )
        return
    lines = [model.target, *map(str, predicted)]
    if out is None:
        click.echo("\n".join(lines))
    else:
        with click.open_file(out, "w") as file:
            file.write("\n".join(lines) + "\n")
        click.echo(f"{len(predicted)} predictions in {out}", err=True)
