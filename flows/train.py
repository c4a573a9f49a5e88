"""The flow that trains a model and evaluates it honestly."""

from prefect import flow

from qml_core.references import RunRef
from qml_core.specs import (
    BackendSpec,
    DatasetSpec,
    ModelSpec,
    RunSpec,
    check_model,
    refuse_extension,
)
from tasks.canary import send_canary
from tasks.datasets import load_splits
from tasks.gates import pass_gates
from tasks.held_out import fit_and_evaluate
from tasks.models import choose_hyperparameters, plan_candidates, plan_held_out, plan_later
from tasks.reports import report_training
from tasks.runners import open_runner
from tasks.segments import train_in_segments
from tasks.trained import evaluate_trained
from tasks.trained_reports import report_trained
from tasks.training import train_kernels
from tasks.training_plans import plan_trainings


@flow(name="train", persist_result=False)
def train(
    dataset: DatasetSpec,
    model: ModelSpec = ModelSpec(),
    backend: BackendSpec = BackendSpec(),
    run: RunSpec = RunSpec(),
) -> RunRef:
    """Train a model on every split, evaluate it held out beside a tuned classical one.

    Args:
        dataset: What is learnt from, and how it is split and preprocessed.
        model: Kernel model and the grid of its hyper-parameters, or circuit and its training.
        backend: Where the circuits run.
        run: Under which terms: seed, project, task runner.
    """
    check_model(dataset, model, backend)
    refuse_extension(run)
    train_model = _train_circuit if model.variational else _train_kernel_machine
    return train_model(dataset, model, backend, run)


def _train_kernel_machine(
    dataset: DatasetSpec, model: ModelSpec, backend: BackendSpec, run: RunSpec
) -> RunRef:
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


def _train_circuit(
    dataset: DatasetSpec, model: ModelSpec, backend: BackendSpec, run: RunSpec
) -> RunRef:
    splits = load_splits(dataset)
    plans = plan_trainings(splits, model, backend, run)
    plans, grants = pass_gates(plans, backend, run)
    send_canary(plans, grants, run)
    with open_runner(run, grants, splits[0].store) as runner:
        trained = train_in_segments(runner, plans, grants, run)
        outcomes = evaluate_trained(splits, plans, grants, trained, run)
    return report_trained(dataset, model, backend, run, plans, grants, outcomes)
