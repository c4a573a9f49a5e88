"""The `qml` command: its verbs, and how an error becomes one line and an exit code."""

import sys
from importlib import import_module

import click

from qml_core import __version__
from qml_core.errors import QMLError

VERBS = {
    "kernel": "deployments.cli.jobs",
    "train": "deployments.cli.jobs",
    "predict": "deployments.cli.predict",
    "artifacts": "deployments.cli.artifacts",
    "list": "deployments.cli.catalogue",
    "open": "deployments.cli.opening",
    "deploy": "deployments.cli.deploying",
    "doctor": "deployments.cli.doctor",
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
        command: click.Command = getattr(import_module(VERBS[name]), attribute)
        return command


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="qml")
def qml() -> None:
    """Quantum kernels and models as Prefect flows, evaluated honestly.

    \b
    qml train breast_cancer                 a quantum SVM against a tuned RBF-SVM
    qml train data.csv --target y           the same on your data
    qml kernel iris --set kernel.encoding.name=zz
    qml open                                the report of the latest run
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command; exit 0 done, 1 failed, 2 bad input, 3 refused by a gate, 130 interrupted."""
    try:
        code = qml.main(arguments, prog_name="qml", standalone_mode=False)
    except click.ClickException as error:
        _say(error.format_message())
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


def _say(message: str) -> None:
    one_line = " ".join(message.split())
    click.echo(f"qml: {one_line}", err=True)
