"""The words of `qml benchmark` as the settings they stand for."""

import json
from typing import Any

from deployments.cli.data_words import data_settings
from deployments.cli.parameters import apply_settings, read_file, validate
from qml_core.encoding_names import features_for
from qml_core.errors import SpecError
from qml_core.near_names import near_names
from qml_core.specs import BackendSpec, BenchmarkSpec, RunSpec, Spec
from qml_core.specs.model import VARIATIONAL

BENCHMARK: dict[str, type[Spec]] = {
    "benchmark": BenchmarkSpec,
    "backend": BackendSpec,
    "run": RunSpec,
}
MODELS = ("qsvc", "projected", "qsvr", "vqc", "vqr", "hybrid")
"""Words of --models; projected: qsvc on a projected kernel."""

_PATHS = ("folds", "repeats", "configurations", "metric", "threshold")


def benchmark_specs(words: dict[str, Any]) -> dict[str, Spec]:
    """Parameter file, then words, then `--set`: the later wins."""
    document = read_file(words["params"]) if words["params"] else {}
    settings = []
    if words["data"]:
        settings.append(f"benchmark.datasets={json.dumps(_datasets(words))}")
    else:
        _refuse_words_of_data(words)
    if words["models"] is not None:
        settings.append(f"benchmark.models={json.dumps(_models(words))}")
    elif words["encoding"] is not None:
        settings.append(f"benchmark.models={json.dumps(_models({**words, 'models': 'qsvc'}))}")
    if words["classical"] is not None:
        settings.append(
            f"benchmark.classical={json.dumps(_names('classical', words['classical']))}"
        )
    for word in _PATHS:
        if words[word] is not None:
            settings.append(f"benchmark.{word}={json.dumps(words[word])}")
    if words["force"]:
        settings.append("benchmark.force=true")
    if words["backend"] is not None:
        settings.append(f"backend.name={json.dumps(words['backend'])}")
    if words["shots"] is not None:
        settings.append(f"backend.shots={words['shots']}")
    apply_settings(document, [*settings, *words["settings"]], BENCHMARK)
    asked = document.get("benchmark", {})
    if set(document) <= set(BENCHMARK) and isinstance(asked, dict) and not asked.get("datasets"):
        raise SpecError(
            "no data set was given",
            "name one or more, e.g. `qml benchmark breast_cancer`, or see `qml benchmark suite`",
        )
    return validate(document, BENCHMARK)


def suite_specs(suite: BenchmarkSpec, words: dict[str, Any]) -> dict[str, Spec]:
    """A suite as it is, but for what `--set` and --force say."""
    document: dict[str, Any] = {
        "benchmark": suite.model_dump(mode="json", exclude_defaults=True, exclude_unset=True)
    }
    settings = ["benchmark.force=true"] if words["force"] else []
    apply_settings(document, [*settings, *words["settings"]], BENCHMARK)
    return validate(document, BENCHMARK)


def _refuse_words_of_data(words: dict[str, Any]) -> None:
    """--target and --qubits are said of the data sets on the command line, and of no others."""
    if words["target"] is not None:
        raise SpecError("--target names a column, but no file was given", "give DATA first")
    if words["qubits"] is not None:
        raise SpecError(
            f"--qubits {words['qubits']} was given without DATA, whose features they are",
            "give DATA, or set preprocessing.n_components of benchmark.datasets",
        )


def _datasets(words: dict[str, Any]) -> list[dict[str, Any]]:
    """One for each word of DATA; --qubits are components of all of them."""
    found = []
    for data in words["data"]:
        path, _, text = data_settings(data, None)[0].partition("=")
        dataset: dict[str, Any] = {path.removeprefix("dataset."): json.loads(text)}
        if "path" in dataset:
            if words["target"] is None:
                from deployments.cli.data_words import refuse_without_target

                refuse_without_target(dataset["path"])
            dataset["target"] = words["target"]
        if words["qubits"] is not None:
            features = features_for(words["encoding"] or "iqp", words["qubits"])
            dataset["preprocessing"] = {"n_components": features}
        found.append(dataset)
    if words["target"] is not None and all("path" not in dataset for dataset in found):
        raise SpecError(
            f"--target {words['target']} is for files; {', '.join(words['data'])} know their own",
            "leave --target out",
        )
    return found


def _models(words: dict[str, Any]) -> list[dict[str, Any]]:
    names = _names("models", words["models"])
    return [_model(name, words["encoding"]) for name in names]


def _model(name: str, encoding: str | None) -> dict[str, Any]:
    if name not in MODELS:
        raise SpecError(f"--models: no {name!r}; {near_names(name, MODELS)}")
    own: dict[str, Any] = {} if encoding is None else {"encoding": {"name": encoding}}
    if name == "projected":
        return {"name": "qsvc", "kernel": {**own, "kind": "projected"}}
    if not own:
        return {"name": name}
    return {"name": name, ("circuit" if name in VARIATIONAL else "kernel"): own}


def _names(word: str, text: str) -> list[str]:
    found = [name.strip() for name in text.split(",") if name.strip()]
    if not found:
        raise SpecError(f"--{word} {text!r} names no model", f"name one, or leave --{word} out")
    return found
