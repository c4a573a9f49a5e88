import numpy as np
import pytest

from qml_core.errors import SpecError
from qml_core.optimisation.comparison.planted import planted


def test_the_table_is_the_model_and_its_noise() -> None:
    landscape = planted((2, 3, 4), 0, noise=0.05)
    codes = np.indices((2, 3, 4)).reshape(3, -1).T
    rest = landscape.losses - landscape.model.energies(codes)
    assert rest.std() == pytest.approx(0.05, rel=0.5)
    assert landscape.losses.shape == (24,)


def test_couplings_have_the_strength_asked_for_and_are_as_few() -> None:
    landscape = planted((3,) * 6, 1, coupled=4, strength=2.0, fields=0.5)
    assert len(landscape.model.couplings) == 4
    for table in landscape.model.couplings.values():
        assert table.std() == pytest.approx(2.0)
        np.testing.assert_allclose(table.mean(0), 0, atol=1e-12)
    for field in landscape.model.fields:
        assert field.std() == pytest.approx(0.5)


def test_a_seed_is_a_landscape() -> None:
    one, same, other = (planted((2,) * 5, seed).losses for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.allclose(one, other)


@pytest.mark.parametrize("sizes", [(2,) * 23, (2, 1), ()])
def test_spaces_that_cannot_be_planted_are_refused(sizes: tuple[int, ...]) -> None:
    with pytest.raises(SpecError, match="planted landscape"):
        planted(sizes, 0)
