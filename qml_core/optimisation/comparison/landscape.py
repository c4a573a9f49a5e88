"""A tabulated search space: the loss of every configuration, evaluated once."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qml_core.errors import DataError
from qml_core.optimisation.space import Codes, Space


@dataclass(frozen=True, eq=False)
class Landscape:
    """A space and the loss of each configuration, (size,), in C order of the codes.

    A loss that is NaN or infinite is a configuration that fails. Raises DataError where the losses
    are not those of the space, or none of them is finite.
    """

    space: Space
    losses: NDArray[np.float64]
    name: str = field(default="")

    def __post_init__(self) -> None:
        losses = np.array(self.losses, np.float64)
        if losses.shape != (self.space.size,):
            raise DataError(
                f"{self.name or 'landscape'}: losses of the shape {losses.shape}, the space has "
                f"{self.space.size:,} configurations",
                "tabulate every configuration in C order",
            )
        losses[~np.isfinite(losses)] = np.nan
        if np.isnan(losses).all():
            raise DataError(
                f"{self.name or 'landscape'}: all {len(losses):,} losses are NaN or infinite",
                "look at why every configuration failed",
            )
        losses.flags.writeable = False
        object.__setattr__(self, "losses", losses)

    @classmethod
    def tabulated(cls, space: Space, loss_of: Callable[[Codes], ArrayLike], name: str = "") -> Self:
        """Of a function of codes (size, v) that gives losses (size,)."""
        return cls(space, np.asarray(loss_of(space.all_codes()), np.float64), name)

    @property
    def optimum(self) -> float:
        """The least loss."""
        return float(np.nanmin(self.losses))

    @property
    def worst(self) -> float:
        """The greatest finite loss."""
        return float(np.nanmax(self.losses))

    @property
    def feasible(self) -> int:
        """Configurations with a finite loss."""
        return int(np.isfinite(self.losses).sum())

    def loss(self, codes: Codes) -> NDArray[np.float64]:
        """Of codes (m, v), (m,); NaN: fails."""
        found: NDArray[np.float64] = self.losses[self.space.flat(self.space.checked(codes))]
        return found
