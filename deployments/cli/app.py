"""The `qml` command: its verbs, and how an error becomes one line and an exit code."""

import sys
from difflib import get_close_matches
from importlib import import_module

import click

from qml_core import __version__
from qml_core.errors import QMLError

VERBS = {
    "kernel": ("jobs", "Kernel matrix of a data set"),
    "train": ("jobs", "Train a model, evaluate it beside a tuned RBF-SVM"),
    "diagnose": ("diagnose", "Can an ansatz be trained? Gradients against qubits and layers"),
    "qaoa": ("qaoa", "Minimise a graph problem, a QUBO or an Ising polynomial"),
    "predict": ("predict", "A trained model on new data"),
    "hpo": ("hpo", "Search hyper-parameters, or compare searchers"),
    "benchmark": ("benchmark", "Quantum against tuned classical models, with a verdict"),
    "models": ("models", "Trained models, and which of them are promoted"),
    "artifacts": ("artifacts", "List, show, verify, collect and export what runs made"),
    "list": ("catalogue", "Encodings, ansätze, data sets, models and backends"),
    "open": ("opening", "The report of a run in the browser"),
    "backends": ("backends", "Simulators and QPUs: status, calibration, price, today's spend"),
    "budget": ("budget", "What projects may spend on QPUs, and have spent"),
    "metrics": ("metrics", "The ledger and backends for Prometheus"),
    "deploy": ("deploying", "Work pools, limits and deployments on a Prefect server"),
    "doctor": ("doctor", "Check installation, settings, store and Prefect"),
}
INTERRUPTED = 130


class Verbs(click.Group):
    """Imports the module of a verb when the verb is called."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in VERBS:
            return None
        attribute = {"list": "list_"}.get(name, name)
        module = import_module(f"deployments.cli.{VERBS[name][0]}")
        command: click.Command = getattr(module, attribute)
        return command

    def resolve_command(
        self, context: click.Context, arguments: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if arguments and not arguments[0].startswith("-") and arguments[0] not in VERBS:
            near = get_close_matches(arguments[0], VERBS, n=3) or list(VERBS)
            raise click.UsageError(f"no command {arguments[0]!r}; near: {', '.join(near)}")
        return super().resolve_command(context, arguments)

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in VERBS.items()])


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="qml")
def qml() -> None:
    """Quantum kernels and models as Prefect flows, evaluated honestly.

    \b
    qml train breast_cancer                 a quantum SVM against a tuned RBF-SVM
    qml train data.csv --target y           the same on your data
    qml train moons --model vqc             a trained circuit: vqc, vqr, hybrid
    qml benchmark breast_cancer             does a quantum model help?
    qml kernel iris --set kernel.encoding.name=zz
    qml qaoa --graph graph.csv              MaxCut by QAOA
    qml open                                the report of the latest run
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command; exit 0 done, 1 failed, 2 bad input, 3 refused by a gate, 130 interrupted."""
    try:
        code = qml.main(arguments, prog_name="qml", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        code = 2
    except click.ClickException as error:
        _say(_usage(error))
        code = 2
    except QMLError as error:
        _say(str(error))
        code = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        _say("interrupted; finished blocks are kept, the same command continues")
        code = INTERRUPTED
    except BrokenPipeError:  # the reader, e.g. `head`, has seen enough
        sys.stderr.close()
        code = 0
    sys.exit(code if isinstance(code, int) else 0)


def _usage(error: click.ClickException) -> str:
    message = error.format_message().rstrip(".")
    context = getattr(error, "ctx", None)
    return f"{message}; see `{context.command_path} --help`" if context is not None else message


def _say(message: str) -> None:
    one_line = " ".join(message.split())
    click.echo(f"qml: {one_line}", err=True)
