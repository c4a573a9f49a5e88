"""The short words of a job as the settings they stand for."""

import json
from typing import Any

from deployments.cli.data_words import data_settings
from qml_core.encoding_names import features_for
from qml_core.errors import SpecError
from qml_core.specs.model import VARIATIONAL

_OF_CIRCUITS = {
    "ansatz": "model.circuit.ansatz",
    "layers": "model.circuit.layers",
    "epochs": "model.training.epochs",
}


def word_settings(words: dict[str, Any], model: str | None) -> list[str]:
    """`path=value` of every word that was given.

    Args:
        model: its name; none: the job is a kernel matrix.
    """
    settings = data_settings(words["data"], words["target"])
    if words.get("model") is not None:
        settings.append(f"model.name={json.dumps(words['model'])}")
    settings += _of_encoding(words, model)
    for word, path in _OF_CIRCUITS.items():
        if words.get(word) is not None:
            _refuse_of_kernels(word, model)
            settings.append(f"{path}={json.dumps(words[word])}")
    return settings


def _refuse_of_kernels(word: str, model: str | None) -> None:
    """Raise SpecError where a word of circuits is used with a kernel machine."""
    if model in ("qsvc", "qsvr"):
        raise SpecError(
            f"--{word} is of models that train a circuit, found model {model}",
            "add --model vqc (classes), vqr (values) or hybrid (many features)",
        )


def _of_encoding(words: dict[str, Any], model: str | None) -> list[str]:
    """Encoding and qubits; a hybrid model's encoder makes as many features as qubits hold."""
    path = "kernel" if model is None else "model.kernel"
    default = "iqp"
    if model in VARIATIONAL:
        path, default = "model.circuit", "angle"
    settings, qubits = [], words["qubits"]
    if words["encoding"] is not None:
        settings.append(f"{path}.encoding.name={json.dumps(words['encoding'])}")
    if qubits is not None and model != "hybrid":
        features = features_for(words["encoding"] or default, qubits)
        settings.append(f"dataset.preprocessing.n_components={features}")
    if qubits is not None:
        settings.append(f"{path}.encoding.n_qubits={qubits}")
    return settings
