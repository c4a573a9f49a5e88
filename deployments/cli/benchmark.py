"""`qml benchmark`: quantum models against tuned classical ones, with a verdict."""

from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

import click

from deployments.cli.benchmark_audit import audit
from deployments.cli.benchmark_records import compare, export, show
from deployments.cli.benchmark_reproduce import reproduce
from deployments.cli.benchmark_words import benchmark_specs
from deployments.cli.parameters import JSON, PARAMS, SET
from qml_core.errors import SpecError
from qml_core.settings import Settings
from qml_core.specs import Spec, check_benchmark
from qml_core.specs.backend import BackendSpec
from qml_core.specs.benchmark import BenchmarkSpec
from qml_core.specs.run import RunSpec
from qml_core.specs.suites import SUITES, suite_of

_OTHERS = ("audit", "compare", "export", "reproduce", "show", "suite")


class _RunOrOther(click.Group):
    """Whatever is no name of a command is a word of `run`."""

    def parse_args(self, context: click.Context, arguments: list[str]) -> list[str]:
        helps = arguments[:1] in (["--help"], ["-h"])
        if not helps and (not arguments or arguments[0] not in self.commands):
            word = arguments[0] if arguments else ""
            file = "." in word or "/" in word
            near = [] if file else get_close_matches(word, _OTHERS, cutoff=0.8)
            if near:
                raise click.UsageError(f"no data set {word!r}; near: {near[0]}")
            arguments = ["run", *arguments]
        return super().parse_args(context, arguments)


@click.group(cls=_RunOrOther, context_settings={"help_option_names": ["-h", "--help"]})
def benchmark() -> None:
    """Does a quantum model help on this data, and what did it cost to find out?

    \b
    qml benchmark breast_cancer         against tuned classical models
    qml benchmark data.csv --target y --models qsvc,vqc
    qml benchmark moons --dry-run       fits, seconds, dollars, the screen
    qml benchmark suite small           a fixed suite of data sets, one page
    qml benchmark show                  the newest one again
    qml benchmark run --help            all options
    """


def _how(command: Callable[..., None]) -> Callable[..., None]:
    """How it runs, the same for one's own data and for a suite."""
    for option in reversed(
        (
            SET,
            click.option("--force", is_flag=True, help="Run it also where the screen says no."),
            click.option("--dry-run", is_flag=True, help="Fits, seconds, dollars; run nothing."),
            click.option("--local", is_flag=True, help="Own temporary Prefect server."),
            click.option(
                "--verbose", is_flag=True, help="Prefect's own log; of --dry-run all of the screen."
            ),
            JSON,
        )
    ):
        command = option(command)
    return command


@benchmark.command(short_help="All models on the same folds of DATA, and verdicts")
@click.argument("data", nargs=-1)
@click.option("--target", help="Target column of a file.")
@click.option("--models", metavar="NAME,…", help="qsvc, projected, qsvr, vqc, vqr, hybrid.")
@click.option("--encoding", metavar="NAME", help="Of these models; see `qml list encodings`.")
@click.option("--qubits", type=int, metavar="N", help="Qubits, and features after PCA.")
@click.option("--classical", metavar="NAME,…", help="E.g. rbf_svm,xgboost; none: all.")
@click.option("--folds", type=int, metavar="N", help="Outer folds of a repeat (5).")
@click.option("--repeats", type=int, metavar="N", help="Repeats with other folds and seeds (5).")
@click.option("--configurations", type=int, metavar="N", help="Tried of every model (12).")
@click.option("--metric", metavar="NAME", help="The one that decides, e.g. roc_auc.")
@click.option("--threshold", type=float, metavar="X", help="Least difference that matters.")
@click.option("--backend", metavar="NAME", help="See `qml list backends`.")
@click.option("--shots", type=int, metavar="N", help="Of each circuit, on a measured backend.")
@PARAMS
@_how
def run(**words: Any) -> None:
    """All models on the same folds of DATA, then the verdict on every quantum model."""
    _run(benchmark_specs(words), words)


@benchmark.command(short_help="A fixed suite of real and generated data sets")
@click.argument("name", type=click.Choice(SUITES), default="small")
@_how
def suite(name: str, **words: Any) -> None:
    """A fixed suite of real and generated data sets; the same command continues one."""
    from deployments.cli.benchmark_words import suite_specs

    _run(suite_specs(suite_of(name), words), words)


def _run(specs: dict[str, Spec], words: dict[str, Any]) -> None:
    asked, backend, under = specs["benchmark"], specs["backend"], specs["run"]
    assert isinstance(asked, BenchmarkSpec)
    assert isinstance(backend, BackendSpec)
    assert isinstance(under, RunSpec)
    if under.extend is not None:
        raise SpecError(
            f"run.extend={under.extend} is for `qml kernel`, a benchmark shares folds by itself",
            "leave it out",
        )
    check_benchmark(asked, backend)
    settings = Settings.from_environment()
    from deployments.cli.benchmark_door import check_data

    opened = check_data(asked, backend, settings)
    if words["dry_run"]:
        from deployments.cli.benchmark_forecast import tell_benchmark

        tell_benchmark(specs, opened, as_json=words["as_json"], verbose=words["verbose"])
        return
    from deployments.cli.benchmark_text import run_benchmark
    from deployments.cli.reaching import check_quickly, check_store

    check_quickly(settings)
    check_store(settings)
    if backend.measured:
        from deployments.cli.benchmark_circuits import tell_cost

        tell_cost(opened, specs)
    run_benchmark(specs, words)


benchmark.add_command(reproduce)
benchmark.add_command(audit)
benchmark.add_command(show)
benchmark.add_command(compare)
benchmark.add_command(export)
