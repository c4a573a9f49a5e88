"""Every quantum model has exactly as many configurations as are asked for, all different."""

import math
from typing import Any

import pytest

from qml_core.evaluation.contestants.configurations import (
    fourier_configurations,
    kernel_configurations,
    network_configurations,
    spread,
)
from qml_core.specs import ModelSpec
from qml_core.specs.configuration import configured

COUNTS = (1, 2, 3, 4, 5, 7, 12, 13, 24, 50)
FIDELITY = {"kernel": {"encoding": {"name": "iqp"}}}
PROJECTED = {"kernel": {"encoding": {"name": "iqp"}, "kind": "projected"}}


def model_of(document: dict[str, Any]) -> ModelSpec:
    return ModelSpec.model_validate(document)


def scale_of(kernel: Any) -> float:
    return 2 / kernel.encoding.bandwidth


def check(model: ModelSpec, found: Any, count: int) -> None:
    assert len(found) == count
    assert len({tuple(sorted(some.items())) for some in found}) == count
    for some in (found[0], found[-1]):
        configured(model, some)


@pytest.mark.parametrize(
    "document",
    [
        FIDELITY,
        PROJECTED,
        FIDELITY | {"bandwidths": ()},
        FIDELITY | {"bandwidths": (100.0,), "C": (1e6,)},
        {"kernel": {"encoding": {"name": "amplitude"}}, "C": (5.0,)},
        {"kernel": {"encoding": {"name": "basis"}, "kind": "projected"}},
        {"kernel": {"encoding": {"name": "iqp"}, "kind": "projected", "gamma": 0.3}},
    ],
)
def test_kernel_models_have_exactly_so_many(document: dict[str, Any]) -> None:
    model = model_of(document)
    for count in COUNTS:
        check(model, kernel_configurations(model, count, scale_of), count)


@pytest.mark.parametrize(
    "document",
    [
        {"name": "vqc"},
        {"name": "hybrid", "training": {"learning_rate": 10.0}},
        {"name": "vqc", "circuit": {"encoding": {"name": "amplitude"}}},
        {
            "name": "vqr",
            "circuit": {"encoding": {"name": "basis"}},
            "training": {"initialisation": "identity"},
        },
        {"name": "vqc", "training": {"optimiser": "rotosolve", "loss": "linear"}},
    ],
)
def test_trained_circuits_have_exactly_so_many(document: dict[str, Any]) -> None:
    model = model_of(document)
    for count in COUNTS:
        check(model, network_configurations(model, count), count)


@pytest.mark.parametrize("document", [FIDELITY, {"name": "vqc"}])
def test_fourier_features_have_exactly_so_many(document: dict[str, Any]) -> None:
    for count in COUNTS:
        found = fourier_configurations(model_of(document), count)
        assert len({(some["bandwidth"], some["C"]) for some in found}) == len(found) == count


def test_the_grid_of_the_model_is_taken_where_it_has_that_size() -> None:
    model = model_of(FIDELITY | {"bandwidths": (0.7, 0.2), "C": (3.0, 1.0, 9.0)})
    found = kernel_configurations(model, 6, scale_of)
    pairs = [(b, C) for b in (0.2, 0.7) for C in (1.0, 3.0, 9.0)]
    assert found == tuple({"bandwidth": b, "C": C} for b, C in pairs)
    assert fourier_configurations(model, 6) == found


def test_twelve_of_the_default_are_four_bandwidths_up_to_the_map_s_own_and_three_penalties() -> (
    None
):
    found = kernel_configurations(model_of(FIDELITY), 12, scale_of)
    assert sorted({some["bandwidth"] for some in found}) == [0.05, 0.135721, 0.368403, 1.0]
    assert sorted({some["C"] for some in found}) == [1, 31.6228, 1000]


def test_a_grid_that_is_only_the_default_is_not_taken_for_one_that_was_asked_for() -> None:
    model = model_of(FIDELITY)
    assert model.configurations == 16
    found = kernel_configurations(model, 16, scale_of)
    assert max(some["bandwidth"] for some in found) == 1.0


def test_gamma_of_a_projected_kernel_follows_the_distances_of_its_rows() -> None:
    for count, factors in ((12, (0.5, 2)), (18, (0.25, 1, 4))):
        found = kernel_configurations(model_of(PROJECTED), count, scale_of)
        for bandwidth in (0.05, 1.0):
            gammas = {some["gamma"] for some in found if some["bandwidth"] == bandwidth}
            assert gammas == {2 / bandwidth * factor for factor in factors}


def test_a_gamma_that_was_asked_for_stays() -> None:
    model = model_of({"kernel": {"kind": "projected", "gamma": 0.3}})
    assert all("gamma" not in some for some in kernel_configurations(model, 12, scale_of))


def test_values_around_one_contain_it_and_stay_below_the_limit() -> None:
    assert spread([0.3], 3, 2.0, 100.0) == (0.15, 0.3, 0.6)
    assert spread([0.3], 2, 2.0, 100.0) == (0.15, 0.3)
    assert spread([80.0], 3, 2.0, 100.0) == (25.0, 50.0, 100.0)
    many = spread([1.0], 61, 2.0, 100.0)
    assert many[30] == 1.0
    assert many[-1] <= 8.0


def test_values_over_a_range_keep_its_ends_and_one_is_its_middle() -> None:
    assert spread([1.0, 100.0], 3, 9.0, 1e6) == (1.0, 10.0, 100.0)
    assert spread([1.0, 100.0], 1, 9.0, 1e6) == (10.0,)
    assert spread([100.0, 1.0], 2, 9.0, 1e6) == (1.0, 100.0)
    assert math.isclose(spread([1.0, 100.0], 5, 9.0, 1e6)[1], math.sqrt(10), rel_tol=1e-5)
