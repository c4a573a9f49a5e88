"""`qml kernel` and `qml train`: validate at the door, then run the flow and say what came out."""

from collections.abc import Callable
from typing import Any

import click

from deployments.cli.data_words import refuse_without_target
from deployments.cli.job_words import word_settings
from deployments.cli.parameters import JSON, PARAMS, SET, apply_settings, read_file, validate
from qml_core.settings import Settings
from qml_core.specs import (
    BackendSpec,
    DatasetSpec,
    KernelSpec,
    ModelSpec,
    RunSpec,
    Spec,
    check_model,
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
            click.option("--qubits", type=int, metavar="N", help="Qubits, and features after PCA."),
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
    _job("kernel", KERNEL, words)


@click.command()
@click.option("--model", "model", metavar="NAME", help="qsvc, qsvr, vqc, vqr or hybrid.")
@click.option("--ansatz", metavar="NAME", help="vqc, vqr, hybrid: see `qml list ansatze`.")
@click.option("--layers", type=int, metavar="N", help="vqc, vqr, hybrid: of the ansatz.")
@click.option(
    "--epochs",
    type=int,
    metavar="N",
    help="vqc, vqr, hybrid: more than before extend a finished run.",
)
@_options
def train(**words: Any) -> None:
    """Train on DATA and evaluate held out, beside an RBF-SVM tuned with as many configurations."""
    _job("train", TRAIN, words)


def _job(verb: str, kinds: dict[str, type[Spec]], words: dict[str, Any]) -> None:
    settings = Settings.from_environment()
    specs = _specs(kinds, words)
    from deployments.cli.door import check_job
    from deployments.cli.reaching import check_endpoint, check_quickly, check_store

    dataset, backend, run = specs["dataset"], specs["backend"], specs["run"]
    assert isinstance(dataset, DatasetSpec)
    assert isinstance(backend, BackendSpec)
    assert isinstance(run, RunSpec)
    _check(specs, dataset, backend, run)
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


def _check(
    specs: dict[str, Spec], dataset: DatasetSpec, backend: BackendSpec, run: RunSpec
) -> None:
    """What can be said before any data are read."""
    model, kernel = specs.get("model"), specs.get("kernel")
    if isinstance(model, ModelSpec):
        check_model(dataset, model, backend)
        refuse_extension(run)
    if isinstance(kernel, KernelSpec):
        check_together(dataset, kernel, backend)


def _specs(kinds: dict[str, type[Spec]], words: dict[str, Any]) -> dict[str, Spec]:
    """Parameter file, then words, then `--set`: the later wins."""
    document = read_file(words["params"]) if words["params"] else {}
    apply_settings(document, words["settings"], kinds)  # the model's name decides what words mean
    settings = [*word_settings(words, _model_name(document, words)), *words["settings"]]
    apply_settings(document, settings, kinds)
    asked = document.get("dataset")
    if asked is None:
        raise click.UsageError("give DATA: a name of `qml list datasets`, or a file with --target")
    if isinstance(asked, dict) and isinstance(asked.get("path"), str) and "target" not in asked:
        refuse_without_target(asked["path"])
    return validate(document, kinds)


def _model_name(document: dict[str, Any], words: dict[str, Any]) -> str | None:
    """Of the model that is asked for; none: the job is a kernel matrix."""
    if "model" not in words:
        return None
    model = document.get("model")
    named = model.get("name") if isinstance(model, dict) else None
    return str(words["model"] or named or "qsvc")
