"""The flow that computes the kernel matrix of a data set."""

from prefect import flow

from qml_core.references import RunRef
from qml_core.specs import BackendSpec, DatasetSpec, KernelSpec, RunSpec, check_together
from tasks.canary import send_canary
from tasks.datasets import load_dataset
from tasks.extension import plan_extension
from tasks.gates import pass_gates
from tasks.kernel import plan_kernel
from tasks.reports import report_kernel
from tasks.runners import open_runner


@flow(name="kernel-matrix", persist_result=False)
def kernel_matrix(
    dataset: DatasetSpec,
    kernel: KernelSpec = KernelSpec(),
    backend: BackendSpec = BackendSpec(),
    run: RunSpec = RunSpec(),
) -> RunRef:
    """Compute the kernel matrix of all rows of a data set, in blocks that survive a kill.

    Args:
        dataset: What is compared; preprocessing is fitted on the training rows of the first split.
        kernel: Encoding circuit and kind of kernel.
        backend: Where the circuits run.
        run: Under which terms: seed, project, task runner, or a stored matrix to extend.
    """
    check_together(dataset, kernel, backend)
    if run.extend is None:
        plan = plan_kernel(load_dataset(dataset), kernel, backend, run)
    else:
        plan = plan_extension(dataset, kernel, backend, run)
    plans, grants = pass_gates([plan], backend, run)
    send_canary(plans, grants, run)
    with open_runner(run, grants, plan.store) as runner:
        (matrix,) = runner.evaluate("kernel matrix", plans, grants, run)
    return report_kernel(dataset, kernel, backend, run, plan.data, matrix, grants)
