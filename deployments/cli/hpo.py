"""`qml hpo`: search hyper-parameters, or compare searchers on the same spaces."""

import json
from difflib import get_close_matches
from typing import Any

import click

from deployments.cli.data_words import data_settings
from deployments.cli.hpo_compare import compare
from deployments.cli.parameters import JSON, PARAMS, SET, apply_settings, read_file, validate
from qml_core.errors import SpecError
from qml_core.settings import Settings
from qml_core.specs import BackendSpec, DatasetSpec, RunSpec, SearchSpec, Spec, check_search

HPO: dict[str, type[Spec]] = {
    "dataset": DatasetSpec,
    "search": SearchSpec,
    "backend": BackendSpec,
    "run": RunSpec,
}
_WORDS = {
    "searcher": "search.searcher",
    "trials": "search.trials",
    "batch": "search.batch",
    "model": "search.objective.model.name",
    "classical": "search.objective.classical",
    "function": "search.objective.function",
}


class _SearchOrCompare(click.Group):
    """Whatever is no name of a command is a word of `search`."""

    def parse_args(self, context: click.Context, arguments: list[str]) -> list[str]:
        helps = arguments[:1] in (["--help"], ["-h"])
        if not helps and (not arguments or arguments[0] not in self.commands):
            if arguments and get_close_matches(arguments[0], ["compare"], cutoff=0.75):
                raise click.UsageError(f"no data set {arguments[0]!r}; near: compare")
            arguments = ["search", *arguments]
        return super().parse_args(context, arguments)


@click.group(cls=_SearchOrCompare, context_settings={"help_option_names": ["-h", "--help"]})
def hpo() -> None:
    """Hyper-parameter search: `qml hpo [DATA] --params space.yaml`, `qml hpo compare`.

    \b
    qml hpo breast_cancer --params space.yaml               QAOA on a surrogate
    qml hpo breast_cancer --params space.yaml --searcher tpe
    qml hpo --params space.yaml --function module:name      any function
    qml hpo compare                                         which searcher helps?
    qml hpo search --help                                   all options
    """


hpo.add_command(compare)


@hpo.command()
@click.argument("data", required=False)
@click.option("--target", help="Target column of a file.")
@click.option(
    "--searcher", metavar="NAME", help="qaoa, anneal, random, grid, tpe, gp or exhaustive."
)
@click.option("--trials", type=int, metavar="N", help="Configurations evaluated at most.")
@click.option("--batch", type=int, metavar="N", help="Trials of a round, side by side.")
@click.option("--model", metavar="NAME", help="qsvc, qsvr, vqc, vqr or hybrid.")
@click.option("--classical", metavar="NAME", help="A classical model, e.g. xgboost, rbf_svm.")
@click.option("--function", metavar="MODULE:NAME", help="A Python function instead of a model.")
@PARAMS
@SET
@click.option("--dry-run", is_flag=True, help="Space, qubits, circuits, dollars; run nothing.")
@click.option("--local", is_flag=True, help="Own temporary Prefect server.")
@click.option("--verbose", is_flag=True, help="Prefect's own log as well.")
@JSON
def search(**words: Any) -> None:
    """Search the space of `--params` for the best configuration on DATA."""
    specs = _specs(words)
    settings = Settings.from_environment()
    asked, backend, run = specs["search"], specs["backend"], specs["run"]
    assert isinstance(asked, SearchSpec)
    assert isinstance(backend, BackendSpec)
    assert isinstance(run, RunSpec)
    dataset = specs.get("dataset")
    assert dataset is None or isinstance(dataset, DatasetSpec)
    check_search(asked, dataset, backend)
    from deployments.cli.hpo_door import check_objective
    from qml_core.budget.surrogate_gate import check_surrogate

    check_surrogate(asked, settings.memory_bytes)
    facts = check_objective(specs, settings)
    if words["dry_run"]:
        from deployments.cli.hpo_forecast import tell_search

        tell_search(specs, facts, as_json=words["as_json"])
        return
    from deployments.cli.reaching import check_quickly, check_store

    check_quickly(settings)
    check_store(settings)
    from deployments.cli.hpo_text import run_search

    run_search({"dataset": None, **specs}, words)


def _specs(words: dict[str, Any]) -> dict[str, Spec]:
    """Parameter file, then words, then `--set`: the later wins; without data, no data set."""
    document = read_file(words["params"]) if words["params"] else {}
    settings = data_settings(words["data"], words["target"])
    named = [f"--{word}" for word in ("model", "classical", "function") if words[word] is not None]
    if len(named) > 1:
        raise click.UsageError(f"give one of {', '.join(named)}: it is what a trial evaluates")
    for word, path in _WORDS.items():
        if words[word] is not None:
            settings.append(f"{path}={json.dumps(words[word])}")
    apply_settings(document, [*settings, *words["settings"]], HPO)
    asked = document.get("search")
    if not isinstance(asked, dict) or "space" not in asked:
        raise SpecError(
            "no search space was given",
            "write one in a file, e.g. search: {space: {C: {kind: real, low: 0.1, high: 1000, "
            "scale: log}}}, and give it as --params space.yaml; see docs/search.md",
        )
    kinds = {name: kind for name, kind in HPO.items() if name != "dataset" or name in document}
    return validate(document, kinds)
