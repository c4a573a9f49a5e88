"""The end of a flow as a task: report page, run record, Prefect artifact, reference to it all."""

from collections.abc import Sequence

from prefect import task

from qml_core.evaluation.report.numbers import one_over
from qml_core.events import StageStarted, emit
from qml_core.kernels.parts import count_qubits
from qml_core.references import DatasetRef, Grant, KernelOutcome, MatrixRef, RunRef
from qml_core.specs import BackendSpec, DatasetSpec, KernelSpec, ModelSpec, RunSpec
from tasks.evaluations import evaluation_sections, mean_score, verdict
from tasks.job import Job
from tasks.options import STORE
from tasks.pictures import (
    circuit_picture,
    concentration_picture,
    data_picture,
    kernel_picture,
)
from tasks.records import finish


@task(name="report-kernel", **STORE)
def report_kernel(
    dataset: DatasetSpec,
    kernel: KernelSpec,
    backend: BackendSpec,
    run: RunSpec,
    data: DatasetRef,
    matrix: MatrixRef,
    grants: Sequence[Grant],
) -> RunRef:
    """Picture of one kernel matrix."""
    emit(StageStarted("report"))
    if matrix.extends is not None:  # in full: more matrices may begin like it when it is repeated
        run = run.model_copy(update={"extend": matrix.extends})
    job = Job(
        verb="kernel",
        asked={"dataset": dataset, "kernel": kernel, "backend": backend, "run": run},
        store=data.store,
        matrices=(matrix,),
        grants=tuple(grants),
        timings=(("kernel blocks", matrix.seconds),),
        shown=matrix,
        n_qubits=count_qubits(kernel, data.features),
    )
    picture = kernel_picture(matrix, kernel, data, "all", "none")
    sections = {
        "data": data_picture(dataset, data, kernel.encoding),
        "circuit": circuit_picture(kernel, data),
        "kernel": picture,
    }
    haar = "" if picture.dimension is None else f" ({one_over(picture.dimension)})"
    aligned = "" if picture.alignment is None else f", target alignment {picture.alignment:.3f}"
    sampled = "" if picture.eigenvalues_complete else ", estimated from a sample"
    sentence = (
        f"The {kernel.kind} {kernel.encoding.name} kernel of {data.rows:,} rows of {data.name} on "
        f"{count_qubits(kernel, data.features)} qubits has a mean off-diagonal of "
        f"{picture.off_diagonal.mean():.3g}{haar}{aligned}{sampled}."
    )
    if picture.approximation is not None:
        sentence += f" {picture.approximation.sentence}"
    if matrix.extends is not None:
        sentence += f" It extends matrix {matrix.extends[:12]}."
    return finish(job, f"Kernel matrix of {data.name}", sentence, sections)


@task(name="report-training", **STORE)
def report_training(
    dataset: DatasetSpec,
    model: ModelSpec,
    backend: BackendSpec,
    run: RunSpec,
    outcomes: Sequence[KernelOutcome],
    grams: Sequence[MatrixRef],
    crosses: Sequence[MatrixRef],
    grants: Sequence[Grant],
) -> RunRef:
    """Held-out evaluation over all splits; the kernel pictured is that of the first split."""
    emit(StageStarted("report"))
    first = outcomes[0]
    data, chosen = first.data, first.choice.kernel
    own = grams[: len(first.choice.candidates)]
    shown = own[first.choice.position]
    matrices = (*grams, *crosses)
    job = Job(
        verb="train",
        asked={"dataset": dataset, "model": model, "backend": backend, "run": run},
        store=data.store,
        matrices=matrices,
        grants=tuple(grants),
        timings=(
            *_training_time(outcomes),
            ("kernel blocks", sum(m.seconds for m in matrices)),
            ("choice of bandwidth and C", sum(o.choice.seconds for o in outcomes)),
            ("fit, evaluation, RBF-SVM", sum(o.seconds for o in outcomes)),
        ),
        shown=shown,
        n_qubits=count_qubits(chosen, data.features),
        psd=model.psd,
        models=tuple(o.model for o in outcomes),
        outcomes=tuple(outcomes),
        score=mean_score(outcomes),
    )
    sections = {
        "data": data_picture(dataset, data, chosen.encoding),
        "circuit": circuit_picture(chosen, data),
        "kernel": kernel_picture(shown, chosen, data, "train", model.psd),
        "concentration": concentration_picture(own, first.choice, data),
        **evaluation_sections(outcomes, model),
    }
    title = f"{model.name.upper()} on {data.name}"
    return finish(job, title, verdict(outcomes), sections)


def _training_time(outcomes: Sequence[KernelOutcome]) -> tuple[tuple[str, float], ...]:
    """Of all candidate kernels; nothing where none was trained."""
    found = [c.training.seconds for o in outcomes for c in o.choice.candidates if c.training]
    return (("kernel training", sum(found)),) if found else ()
