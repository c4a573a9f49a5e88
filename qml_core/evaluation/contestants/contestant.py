"""One contestant on one outer fold: tuned on its training rows alone, then it predicts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from sklearn.base import BaseEstimator

from qml_core.errors import SpecError
from qml_core.evaluation.contestants.configurations import fourier_configurations
from qml_core.evaluation.contestants.estimators import estimator_learner, network_learner
from qml_core.evaluation.contestants.fourier import fourier_estimator
from qml_core.evaluation.contestants.grids import classical_configurations
from qml_core.evaluation.contestants.kernel_learner import Kernels, chosen_model, kernel_learner
from qml_core.evaluation.contestants.rows import FoldRows, Target, Tested, target_of, with_share
from qml_core.evaluation.contestants.tuning import Configuration, Learner, Progress, tune
from qml_core.evaluation.objectives.classical import classical_estimator
from qml_core.evaluation.objectives.cross_validation import folds_of
from qml_core.evaluation.objectives.kernel_cache import KernelCache, LimitedCache
from qml_core.references import Task
from qml_core.specs import BackendSpec, ModelSpec
from qml_core.specs.benchmark import MetricName
from qml_core.specs.configuration import configured
from qml_core.specs.contestant import ContestantSpec
from qml_core.specs.space import Value

_CACHE_BYTES = 512 * 2**20


@dataclass(frozen=True, eq=False)
class _Fold:
    """The rows that are used, and what their learners share."""

    rows: FoldRows
    target: Target
    seed: int
    backend: BackendSpec
    cache: KernelCache

    @classmethod
    def of(
        cls,
        rows: FoldRows,
        task: Task,
        n_classes: int,
        share: float,
        seed: int,
        backend: BackendSpec,
        cache: KernelCache | None,
    ) -> "_Fold":
        used = with_share(rows, task, share, seed)
        if cache is None or share < 1:
            cache = LimitedCache(_CACHE_BYTES)
        return cls(used, target_of(used.y_train, task, n_classes), seed, backend, cache)

    @property
    def kernels(self) -> Kernels:
        return Kernels(self.rows.x_train, self.target, self.backend, self.seed, self.cache)


class Tuned(NamedTuple):
    """A model with the hyper-parameters that were chosen for it."""

    model: ModelSpec
    inner_score: float
    configuration: dict[str, Value]


def evaluate_contestant(
    contestant: ContestantSpec,
    rows: FoldRows,
    *,
    task: Task,
    n_classes: int,
    configurations: int,
    inner_folds: int,
    metric: MetricName,
    seed: int,
    backend: BackendSpec,
    share: float = 1.0,
    cache: KernelCache | None = None,
    progress: Progress | None = None,
) -> Tested:
    """Tune on inner folds of the training rows, refit on all of them, predict the held-out rows.

    The inner folds depend on the training labels and the seed alone, so that all contestants of a
    fold meet on the same ones. Classes without probabilities get those of a logistic fit to the
    decision values of the inner held-out rows (Platt 1999).

    Args:
        n_classes: of the whole data set, 0 in regression.
        configurations: tried, of every model as many; of the dummy one.
        metric: that chooses.
        seed: of the inner folds, of trainings, and of the share.
        backend: an exact one, where circuits are simulated.
        share: of the training rows, stratified, that are used.
        cache: kernel matrices of these training rows, which grows; none, or with a share: its own.
        progress: called with (configurations done, configurations in all).

    Raises:
        DataError: one class, too few rows, or no configuration with a score.
        SpecError: a measured backend, or a model that cannot hold the features.
    """
    fold = _Fold.of(rows, task, n_classes, share, seed, backend, cache)
    if contestant.quantum and backend.measured:
        raise SpecError(
            f"contestant {contestant.label} on {backend.name} with {backend.shots} shots",
            "tune it on the exact backend, and measure the chosen model",
        )
    learner = _learner(contestant, fold, configurations)
    inner = folds_of(fold.target.y, task, inner_folds, seed)
    tuning = tune(learner, fold.target, inner, metric, progress)
    said = learner.tested(tuning.configuration)
    return Tested(
        predicted=fold.target.restored(said.predicted(tuning.platt)),
        configuration=tuning.configuration,
        inner_score=tuning.score,
        configurations=len(tuning.scores),
        inner_scores=tuning.scores,
    )


def tuned_model(
    contestant: ContestantSpec,
    rows: FoldRows,
    *,
    task: Task,
    n_classes: int,
    configurations: int,
    inner_folds: int,
    metric: MetricName,
    seed: int,
    backend: BackendSpec,
    share: float = 1.0,
    cache: KernelCache | None = None,
    progress: Progress | None = None,
) -> Tuned:
    """The model that `evaluate_contestant` would refit, tuned by simulation; arguments as there.

    A measured backend is tuned on the exact one that stands for it.

    Raises:
        DataError: as there.
        SpecError: the contestant runs no circuits.
    """
    model = contestant.model
    if model is None or not contestant.quantum:
        raise SpecError(f"contestant {contestant.label} runs no circuits", "evaluate it as it is")
    fold = _Fold.of(rows, task, n_classes, share, seed, backend.simulated, cache)
    inner = folds_of(fold.target.y, task, inner_folds, seed)
    tuning = tune(_learner(contestant, fold, configurations), fold.target, inner, metric, progress)
    if model.variational:
        chosen = configured(model, tuning.configuration)
    else:
        chosen = chosen_model(model, tuning.configuration, fold.kernels)
    return Tuned(chosen, tuning.score, tuning.configuration)


def _learner(contestant: ContestantSpec, fold: _Fold, count: int) -> Learner:
    rows, target, model = fold.rows, fold.target, contestant.model
    if model is None or not contestant.quantum:
        return _without_circuits(contestant, fold, count)
    if model.variational:
        return network_learner(
            model,
            count,
            rows.x_train,
            target,
            rows.x_test,
            seed=fold.seed,
            backend=fold.backend,
        )
    return kernel_learner(model, count, fold.kernels, rows.x_test)


def _without_circuits(contestant: ContestantSpec, fold: _Fold, count: int) -> Learner:
    """Classical models, and the random Fourier features of a circuit."""
    rows, task, model = fold.rows, fold.target.task, contestant.model
    raw = contestant.features == "raw"
    X, X_test = (rows.raw_train, rows.raw_test) if raw else (rows.x_train, rows.x_test)
    if model is not None:
        found, make = fourier_configurations(model, count), _fourier(model, task, fold.seed)
    else:
        name = contestant.classical
        assert name is not None
        n, d = X.shape
        found = classical_configurations(name, task, count, n_features=d, n_train=n)

        def make(configuration: Configuration) -> BaseEstimator:
            return classical_estimator(name, task, configuration, fold.seed)

    return estimator_learner(make, found, X, fold.target, X_test)


def _fourier(model: ModelSpec, task: Task, seed: int) -> Callable[[Configuration], BaseEstimator]:
    def make(configuration: Configuration) -> BaseEstimator:
        bandwidth, C = float(configuration["bandwidth"]), float(configuration["C"])
        return fourier_estimator(model, task, C, bandwidth, seed)

    return make
