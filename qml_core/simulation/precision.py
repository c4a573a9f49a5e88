"""Number types: complex128 where nothing else is said, complex64 as an option."""

from typing import Literal

import torch

Precision = Literal["double", "single"]

COMPLEX = {"double": torch.complex128, "single": torch.complex64}
REAL = {torch.complex128: torch.float64, torch.complex64: torch.float32}
