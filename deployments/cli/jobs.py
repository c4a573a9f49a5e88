"""`qml kernel` and `qml train`: validate at the door, then run the flow and say what came out."""

import json
from collections.abc import Callable
from typing import Any

import click

from deployments.cli.data_words import data_settings, refuse_without_target
from deployments.cli.parameters import JSON, PARAMS, SET, apply_settings, read_file, validate
from qml_core.encoding_names import features_for
from qml_core.settings import Settings
from qml_core.specs import (
    BackendSpec,
    DatasetSpec,
    KernelSpec,
    ModelSpec,
    RunSpec,
    Spec,
    check_together,
    refuse_extension,
)

KERNEL: dict[str, type[Spec]] = {
    "dataset": DatasetSpec,
    "kernel": KernelSpec,
    "backend": BackendSpec,
    "run": RunSpec,
}
TRAIN: dict[str, type[Spec]] = {
    "dataset": DatasetSpec,
    "model": ModelSpec,
    "backend": BackendSpec,
    "run": RunSpec,
}


def _options(command: Callable[..., None]) -> Callable[..., None]:
    """What every job understands."""
    for option in reversed(
        (
            click.argument("data", required=False),
            click.option("--target", help="Target column of a file."),
            click.option("--qubits", type=int, metavar="N", help="Features after PCA, and qubits."),
            click.option("--encoding", metavar="NAME", help="See `qml list encodings`."),
            PARAMS,
            SET,
            click.option("--dry-run", is_flag=True, help="Plan, seconds and dollars; run nothing."),
            click.option(
                "--local",
                is_flag=True,
                help="Own temporary Prefect server, whatever is configured.",
            ),
            click.option("--verbose", is_flag=True, help="Prefect's own log as well."),
            JSON,
        )
    ):
        command = option(command)
    return command


@click.command()
@_options
def kernel(**words: Any) -> None:
    """Kernel matrix of DATA: the name of a data set, or a CSV or Parquet file."""
    _job("kernel", KERNEL, "kernel", words)


@click.command()
@_options
def train(**words: Any) -> None:
    """Train on DATA and evaluate held out, beside an RBF-SVM tuned with as many configurations."""
    _job("train", TRAIN, "model.kernel", words)


def _job(verb: str, kinds: dict[str, type[Spec]], kernel_path: str, words: dict[str, Any]) -> None:
    settings = Settings.from_environment()
    specs = _specs(kinds, kernel_path, words)
    from deployments.cli.door import check_job, kernel_of
    from deployments.cli.reaching import check_endpoint, check_quickly, check_store

    dataset, backend, run = specs["dataset"], specs["backend"], specs["run"]
    assert isinstance(dataset, DatasetSpec)
    assert isinstance(backend, BackendSpec)
    assert isinstance(run, RunSpec)
    check_together(dataset, kernel_of(specs), backend)
    if verb == "train":
        refuse_extension(run)
    check_endpoint(settings, dataset.path or "")
    if not words["dry_run"]:
        check_quickly(settings)
    if run.extend is None:
        facts, base = check_job(specs, settings), None
    else:
        from deployments.cli.extending import check_extension

        facts, base = check_extension(specs, settings)
    if words["dry_run"]:
        from deployments.cli.forecasting import tell_forecast

        tell_forecast(verb, specs, facts, base, as_json=words["as_json"])
        return
    check_store(settings)
    from deployments.cli.running import run_flow

    run_flow(verb, specs, words)


def _specs(
    kinds: dict[str, type[Spec]], kernel_path: str, words: dict[str, Any]
) -> dict[str, Spec]:
    """Parameter file, then words, then `--set`: the later wins."""
    document = read_file(words["params"]) if words["params"] else {}
    apply_settings(document, [*_settings(kernel_path, words), *words["settings"]], kinds)
    asked = document.get("dataset")
    if asked is None:
        raise click.UsageError("give DATA: a name of `qml list datasets`, or a file with --target")
    if isinstance(asked, dict) and isinstance(asked.get("path"), str) and "target" not in asked:
        refuse_without_target(asked["path"])
    return validate(document, kinds)


def _settings(kernel_path: str, words: dict[str, Any]) -> list[str]:
    """The short words as the settings they stand for."""
    settings = []
    if words["data"] is not None:
        settings += data_settings(words["data"], words["target"])
    elif words["target"] is not None:
        settings.append(f"dataset.target={json.dumps(words['target'])}")
    if words["encoding"] is not None:
        settings.append(f"{kernel_path}.encoding.name={json.dumps(words['encoding'])}")
    if words["qubits"] is not None:
        features = features_for(words["encoding"] or "iqp", words["qubits"])
        settings.append(f"dataset.preprocessing.n_components={features}")
        settings.append(f"{kernel_path}.encoding.n_qubits={words['qubits']}")
    return settings
