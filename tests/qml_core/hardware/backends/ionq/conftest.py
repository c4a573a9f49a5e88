"""What the tests of the IonQ backend share: its opening, and circuits of a kernel."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from qml_core.hardware.backends.ionq import IonQBackend
from qml_core.hardware.protocol import Circuit


@pytest.fixture
def open_ionq() -> Callable[..., IonQBackend]:
    """Opens a backend that does not wait between reads it repeats."""

    def open_backend(name: str = "ionq.forte-1", **chosen: Any) -> IonQBackend:
        return IonQBackend(name, **{"sleep": lambda _: None, **chosen})

    return open_backend


@pytest.fixture(scope="session")
def pair(kernel_circuit: Callable[..., Circuit]) -> Callable[[int, int], Circuit]:
    """The circuit of a kernel entry, of 4 rows of 4 features."""
    rows = np.random.default_rng(0).uniform(0, np.pi, (4, 4))
    return lambda row, column: kernel_circuit(rows[row], rows[column])
