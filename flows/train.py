"""The flow that trains a kernel model and evaluates it honestly."""

from prefect import flow

from qml_core.references import RunRef
from qml_core.specs import (
    BackendSpec,
    DatasetSpec,
    ModelSpec,
    RunSpec,
    check_together,
    refuse_extension,
)
from tasks.canary import send_canary
from tasks.datasets import load_splits
from tasks.gates import pass_gates
from tasks.held_out import fit_and_evaluate
from tasks.models import choose_hyperparameters, plan_candidates, plan_held_out, plan_later
from tasks.reports import report_training
from tasks.runners import open_runner
from tasks.training import train_kernels


@flow(name="train", persist_result=False)
def train(
    dataset: DatasetSpec,
    model: ModelSpec = ModelSpec(),
    backend: BackendSpec = BackendSpec(),
    run: RunSpec = RunSpec(),
) -> RunRef:
    """Train a model on every split, choose its hyper-parameters inside, evaluate it held out.

    Args:
        dataset: What is learnt from, and how it is split and preprocessed.
        model: Kernel model and the grid of its hyper-parameters.
        backend: Where the circuits run.
        run: Under which terms: seed, project, task runner.
    """
    check_together(dataset, model.kernel, backend)
    refuse_extension(run)
    splits = load_splits(dataset)
    candidates = train_kernels(splits, model, backend, run)
    plans = plan_candidates(splits, candidates, model, backend, run)
    later = plan_later(splits, candidates, plans, backend, run)
    plans, grants = pass_gates(plans, backend, run, later)
    send_canary(plans, grants, run)
    with open_runner(run, grants, splits[0].store) as runner:
        grams = runner.evaluate("K(train, train) of each bandwidth", plans, grants, run)
        choices = choose_hyperparameters(splits, candidates, grams, model, run)
        held_out = plan_held_out(splits, choices, grams, grants[0], run)
        held_out, held_out_grants = pass_gates(held_out, backend, run, (), grants[0])
        crosses = runner.evaluate("K(test, train)", held_out, held_out_grants, run)
    outcomes = fit_and_evaluate(splits, choices, grams, crosses, model, backend, run)
    return report_training(
        dataset, model, backend, run, outcomes, grams, crosses, (*grants, *held_out_grants)
    )
