"""`qml qaoa`: a graph, a QUBO or an Ising polynomial, minimised."""

import json
from typing import Any

import click

from deployments.cli.parameters import JSON, PARAMS, SET, apply_settings, read_file, validate
from qml_core.settings import Settings
from qml_core.specs import BackendSpec, ProblemSpec, QAOASpec, RunSpec, Spec

QAOA: dict[str, type[Spec]] = {
    "problem": ProblemSpec,
    "qaoa": QAOASpec,
    "backend": BackendSpec,
    "run": RunSpec,
}
GRAPH_KINDS = ("maxcut", "independent_set", "vertex_cover")


@click.command()
@click.option("--graph", metavar="FILE", help="Edge list, CSV, GraphML, GML or JSON.")
@click.option("--qubo", metavar="FILE", help="Symmetric matrix as CSV, rows `i j value`, or JSON.")
@click.option("--ising", metavar="FILE", help="Polynomial of Z as JSON.")
@click.option("--kind", type=click.Choice(GRAPH_KINDS), help="Of a graph; maxcut unless said.")
@click.option("--layers", type=int, metavar="P", help="One gamma and one beta each.")
@click.option("--backend", metavar="NAME", help="See `qml list backends`; exact unless said.")
@click.option("--shots", type=int, metavar="N", help="Of each circuit; none: exact values.")
@PARAMS
@SET
@click.option("--dry-run", is_flag=True, help="Circuits, seconds and dollars; run nothing.")
@click.option("--local", is_flag=True, help="Own temporary Prefect server.")
@click.option("--verbose", is_flag=True, help="Prefect's own log as well.")
@JSON
def qaoa(**words: Any) -> None:
    """The least energy of a problem by QAOA: angles tuned, samples read out, how good they are."""
    settings = Settings.from_environment()
    specs = _specs(words)
    problem, asked, backend = specs["problem"], specs["qaoa"], specs["backend"]
    assert isinstance(problem, ProblemSpec)
    assert isinstance(asked, QAOASpec)
    assert isinstance(backend, BackendSpec)
    from deployments.cli.reaching import check_endpoint, check_quickly, check_store

    check_endpoint(settings, problem.path or "")
    from deployments.cli.qaoa_forecast import Asked, tell_forecast

    job = Asked.read(problem, asked, backend, settings.memory_bytes)
    if words["dry_run"]:
        tell_forecast(job, specs, as_json=words["as_json"])
        return
    check_quickly(settings)
    check_store(settings)
    from deployments.cli.qaoa_text import tell
    from deployments.cli.running import call_flow

    result, stages = call_flow("qaoa", specs, words)
    if words["as_json"]:
        click.echo(result.model_dump_json(indent=2))
    else:
        tell(result, job.problem, stages, local=words["local"])


def _specs(words: dict[str, Any]) -> dict[str, Spec]:
    """Parameter file, then words, then `--set`: the later wins."""
    document = read_file(words["params"]) if words["params"] else {}
    short = {
        **_problem_words(words),
        "qaoa.layers": words["layers"],
        "backend.name": words["backend"],
        "backend.shots": words["shots"],
    }
    settings = [f"{path}={json.dumps(value)}" for path, value in short.items() if value is not None]
    apply_settings(document, [*settings, *words["settings"]], QAOA)
    if "problem" not in document:
        raise click.UsageError("give --graph FILE, --qubo FILE or --ising FILE")
    return validate(document, QAOA)


def _problem_words(words: dict[str, Any]) -> dict[str, str | None]:
    given = {name: words[name] for name in ("graph", "qubo", "ising") if words[name] is not None}
    if len(given) > 1:
        raise click.UsageError(f"give one of {', '.join(f'--{name}' for name in given)}")
    if words["kind"] is not None and given.keys() & {"qubo", "ising"}:
        raise click.UsageError(f"--kind {words['kind']} is of --graph, found --{next(iter(given))}")
    if not given:
        return {"problem.kind": words["kind"]}
    ((name, path),) = given.items()
    return {"problem.path": path, "problem.kind": words["kind"] if name == "graph" else name}
