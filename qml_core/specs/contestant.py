"""Who takes part in a benchmark: quantum models, classical ones, and controls."""

from collections.abc import Sequence
from typing import Literal, Self

from pydantic import Field, model_validator

from qml_core.encoding_names import FIELDS_OF
from qml_core.specs.base import Spec
from qml_core.specs.encoding import EncodingSpec
from qml_core.specs.model import ModelSpec
from qml_core.specs.search import ClassicalName

ControlName = Literal["no_entanglers", "rbf_pca", "fourier"]
Kind = Literal["quantum", "classical", "control"]

_OF_BOTH: tuple[ClassicalName, ...] = (
    "rbf_svm",
    "poly_svm",
    "xgboost",
    "random_forest",
    "mlp",
    "knn",
    "gaussian_process",
    "dummy",
)
CLASSICAL_OF: dict[str, tuple[ClassicalName, ...]] = {
    "classification": ("logistic", *_OF_BOTH),
    "regression": ("ridge", *_OF_BOTH),
}
SPECTRAL = ("angle", "iqp", "zz", "pauli")
"""Encodings whose gates are rotations by functions of the features: they have a spectrum."""


class ContestantSpec(Spec):
    """One model of a benchmark; `label` is its name in all tables."""

    label: str = Field(description="Name in all tables")
    kind: Kind = Field(description="What it is there for")
    model: ModelSpec | None = Field(
        None, description="Of quantum models and of the controls of one"
    )
    classical: ClassicalName | None = Field(None, description="Of classical ones")
    control: ControlName | None = Field(None, description="Of controls")
    of: str = Field("", description="Label of the quantum model that it controls; empty: all")

    @property
    def quantum(self) -> bool:
        """Whether circuits run: no random Fourier features of one."""
        return self.model is not None and self.control != "fourier"

    @property
    def decides(self) -> bool:
        """Whether a quantum model has to beat it: tuned classical models, and no control."""
        return self.kind == "classical" and self.classical != "dummy"

    @property
    def features(self) -> Literal["x", "raw"]:
        """What it learns from: classical models see all standardised raw features."""
        return "raw" if self.kind == "classical" else "x"

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if self.kind == "classical" and self.classical is None:
            raise ValueError(f"classical contestant {self.label} names no classical model")
        if self.kind == "control" and self.control is None:
            raise ValueError(f"control {self.label} names no control")
        if self.kind == "quantum" and self.model is None:
            raise ValueError(f"quantum contestant {self.label} has no model")
        return self


def contestants_of(
    models: Sequence[ModelSpec],
    classical: Sequence[ClassicalName],
    controls: Sequence[ControlName],
) -> tuple[ContestantSpec, ...]:
    """All of them, with a label each; a control that a model cannot have is left out."""
    labels = _labels(models)
    found = [
        ContestantSpec(label=label, kind="quantum", model=model)
        for label, model in zip(labels, models, strict=True)
    ]
    found += [ContestantSpec(label=name, kind="classical", classical=name) for name in classical]
    if "rbf_pca" in controls:
        label = "rbf_svm, same features"
        found.append(
            ContestantSpec(label=label, kind="control", control="rbf_pca", classical="rbf_svm")
        )
    for label, model in zip(labels, models, strict=True):
        found += _controls(label, model, controls)
    return tuple(found)


def without_entanglers(model: ModelSpec) -> ModelSpec | None:
    """The same kernel model of product states; none where there is nothing to leave out."""
    encoding = model.kernel.encoding
    if model.variational or "entanglement" not in FIELDS_OF.get(encoding.name, ()):
        return None
    if encoding.entanglement == "none" or not _has_single(encoding):
        return None
    plain = encoding.model_copy(update={"entanglement": "none"})
    return model.model_copy(update={"kernel": model.kernel.model_copy(update={"encoding": plain})})


def _has_single(encoding: EncodingSpec) -> bool:
    """Whether gates on one qubit see the features."""
    return encoding.name != "pauli" or min(map(len, encoding.paulis)) == 1


def _controls(
    label: str, model: ModelSpec, controls: Sequence[ControlName]
) -> list[ContestantSpec]:
    found = []
    plain = without_entanglers(model) if "no_entanglers" in controls else None
    if plain is not None:
        found.append(
            ContestantSpec(
                label=f"{label}, no entanglers",
                kind="control",
                control="no_entanglers",
                model=plain,
                of=label,
            )
        )
    if "fourier" in controls and model.encoding.name in SPECTRAL and model.name != "hybrid":
        found.append(
            ContestantSpec(
                label=f"{label}, Fourier features",
                kind="control",
                control="fourier",
                model=_of_spectrum(model),
                of=label,
            )
        )
    return found


def _of_spectrum(model: ModelSpec) -> ModelSpec:
    """Without what Fourier features do not see, so that two kernels of a circuit share the fits."""
    if model.variational:
        return model
    kernel = model.kernel.model_copy(update={"kind": "fidelity", "gamma": 1.0})
    return model.model_copy(update={"kernel": kernel})


def _labels(models: Sequence[ModelSpec]) -> tuple[str, ...]:
    """`qsvc iqp`, `qsvc projected zz`, `vqc angle`; numbered where two would be the same."""
    plain = [_label(model) for model in models]
    return tuple(
        name if plain.count(name) == 1 else f"{name} #{plain[: k + 1].count(name)}"
        for k, name in enumerate(plain)
    )


def _label(model: ModelSpec) -> str:
    projected = not model.variational and model.kernel.kind == "projected"
    return f"{model.name} {'projected ' if projected else ''}{model.encoding.name}"
