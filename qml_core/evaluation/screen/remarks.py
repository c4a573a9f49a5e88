"""What a screen could not look at, and which of several kernels it tells of."""

from collections.abc import Iterator

from qml_core.circuits.ansatze import get
from qml_core.encoding_names import FIELDS_OF
from qml_core.references.benchmark import Reason
from qml_core.specs import KernelSpec, ModelSpec


def unseen() -> Reason:
    """Of a hybrid model: what its encoder makes of the features is known after training only."""
    return _remark(
        "trained features",
        "the circuit of a hybrid network sees features that are trained with it: neither its "
        "kernel nor its states could be looked at before.",
    )


def reuploads(model: ModelSpec) -> bool:
    """Whether the features enter a trained circuit more than once."""
    return model.variational and get(model.circuit.ansatz).reuploads


def remarks(
    model: ModelSpec, kernel: KernelSpec, candidates: int, part: int, *, seen: bool
) -> Iterator[Reason]:
    """None of them speaks against a model.

    Args:
        kernel: the one whose reasons are told.
        candidates: how many were looked at.
        part: most qubits that gates join.
        seen: whether their states could be computed.
    """
    if candidates > 1:
        yield Reason(
            check="bandwidth",
            value=kernel.encoding.bandwidth,
            against=False,
            said=f"of {candidates} bandwidths {kernel.encoding.bandwidth:g} has the fewest reasons "
            "against it; what follows is of this one.",
        )
    if kernel.kind == "projected":
        yield Reason(
            check="gamma",
            value=kernel.gamma,
            against=False,
            said=f"γ = {kernel.gamma:.3g} of the projected kernel.",
        )
    if model.variational:
        yield _remark("kernel", "the kernel is that of the encoding, before the trained layers.")
    if reuploads(model):
        yield _remark(
            "re-uploading",
            f"{model.circuit.ansatz} encodes the features again in every layer: the kernel of one "
            "encoding says too little of it to speak against it.",
        )
    if not model.variational and model.kernel_training:
        trained = FIELDS_OF.get(kernel.encoding.name, frozenset()) & {"bandwidth", "weights"}
        yield _remark("kernel training", f"{' and '.join(sorted(trained))} are not trained here.")
    if not seen:
        yield Reason(
            check="kernel",
            value=part,
            against=False,
            said=f"{part} entangled qubits are too many to compute their states here: geometric "
            "difference, model complexity, alignment, concentration, shots and bond dimension "
            "could not be looked at.",
        )


def _remark(check: str, said: str) -> Reason:
    return Reason(check=check, against=False, said=said)
