import numpy as np
import pytest

from qml_core.optimisation.surrogates import draw
from qml_core.specs.search import SurrogateSpec

KINDS = ("sparse_bayes", "factorisation_machine")
CODES = np.array([[0, 0, 2], [1, 0, 1], [1, 0, 0], [0, 0, 2]])
SIZES = (2, 1, 3)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "losses",
    [
        (),
        (1.0,),
        (0.0, 0.0, 0.0),
        (0.1 + 0.2, 0.3, 0.3),
        (1.0, 2.0),
        (5.0, np.nan, np.inf),
        (np.nan, np.nan),
        (0.0, 1.0, 2.0, 0.5),
        (1e9, 1e9 + 1, 1e9),
        (1e-200, 2e-200, 3e-200),
        (1e200, -2e200, 1.0),
    ],
)
def test_few_equal_repeated_failed_or_extreme_losses_give_finite_models(
    kind: str, losses: tuple[float, ...]
) -> None:
    told = np.array(losses, np.float64)
    spec = SurrogateSpec(kind=kind)
    models = draw(SIZES, CODES[: len(told)], told, spec, np.random.default_rng(0), 3)
    assert len(models) == 3
    for model in models:
        assert model.levels == SIZES
        assert np.isfinite(model.energies(CODES)).all()


@pytest.mark.parametrize("kind", KINDS)
def test_failed_trials_change_nothing(kind: str) -> None:
    losses, spec = np.array([0.0, 1.0, 2.0]), SurrogateSpec(kind=kind)
    (one,) = draw(SIZES, CODES[:3], losses, spec, np.random.default_rng(0), 1)
    with_failed = np.array([0.0, 1.0, 2.0, np.nan])
    (other,) = draw(SIZES, CODES, with_failed, spec, np.random.default_rng(0), 1)
    np.testing.assert_array_equal(one.energies(CODES), other.energies(CODES))


def test_what_tells_nothing_is_drawn_constant() -> None:
    (model,) = draw(SIZES, CODES, np.full(4, 3.5), SurrogateSpec(), np.random.default_rng(0), 1)
    assert model.energies(CODES).tolist() == [3.5] * 4


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_generator_draws_the_same_bits(kind: str) -> None:
    rng = np.random.default_rng(3)
    codes, losses = rng.integers(0, 2, (12, 4)), rng.normal(size=12)
    spec = SurrogateSpec(kind=kind)
    runs = [draw((2,) * 4, codes, losses, spec, np.random.default_rng(5), 4) for _ in range(2)]
    for one, other in zip(*runs, strict=True):
        np.testing.assert_array_equal(one.energies(codes), other.energies(codes))
    assert len({model.energies(codes).tobytes() for model in runs[0]}) == 4


def test_more_draws_than_half_the_sweeps_are_distinct() -> None:
    rng = np.random.default_rng(3)
    codes, losses = rng.integers(0, 2, (12, 4)), rng.normal(size=12)
    models = draw((2,) * 4, codes, losses, SurrogateSpec(sweeps=10), rng, 30)
    assert len({model.energies(codes).tobytes() for model in models}) == 30
