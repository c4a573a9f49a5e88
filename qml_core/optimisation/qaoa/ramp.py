"""Linear ramps of the angles, the schedule of an annealing in p steps."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Mean over 3-regular MaxCut, independent sets, ±1 and normal couplings, fields and cubic terms,
# 10 qubits: within 0.006 of the best of 144 ramps at each p of 1, 2, 3, 4, 6, 8.
_GAMMAS = 0.15, 0.95
_BETAS = 0.6, 0.1


def ramp(layers: int) -> Array:
    """(2, p) of γ rising and β falling, in AngleUnits.

    Straight lines through the middles of p equal steps, s_l = (l − 1/2)/p
    (Sack, Serbyn 2021, arXiv:2101.05742; Montañez-Barrera, Michielsen 2024, arXiv:2405.09169).
    """
    s = (np.arange(layers) + 0.5) / layers
    return np.stack([first + (last - first) * s for first, last in (_GAMMAS, _BETAS)])
