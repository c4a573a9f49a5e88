"""What is learnt from: a data set, its preprocessing, its splits."""

import math
from typing import Literal, Self

from pydantic import Field, model_validator

from qml_core.specs.base import Seed, Spec


class PreprocessingSpec(Spec):
    """From the raw columns to what the encoding sees; fitted on the training rows only.

    Order: missing values, standardisation, reduction, scaling.
    """

    missing: Literal["refuse", "mean", "median", "most_frequent"] = Field(
        "refuse", description="Missing values: refuse, or impute from the training rows"
    )
    reduce: Literal["pca", "select", "none"] = Field(
        "pca",
        description="pca: principal components of the standardised features; select: the features "
        "with the largest F statistic; none: all features",
    )
    n_components: int | None = Field(
        None, ge=1, le=4096, description="Features after the reduction; none: all, at most 10"
    )
    scale: Literal["standard", "minmax", "none"] = Field(
        "standard",
        description="Last step. standard: zero mean, unit variance; minmax: onto `range`",
    )
    range: tuple[float, float] = Field(
        (-math.pi / 2, math.pi / 2), description="Angle range of scale=minmax, radians"
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.range[0] >= self.range[1]:
            raise ValueError(f"range {self.range} must grow: (low, high) in radians")
        if self.reduce == "none" and self.n_components is not None:
            raise ValueError(f"n_components={self.n_components} does not go with reduce=none")
        return self


class SplitSpec(Spec):
    """Repeated hold-out, stratified by class."""

    test_size: float = Field(0.2, gt=0, lt=1, description="Share of the rows held out")
    seed: Seed = Field(0, description="Seed of the first split; the others use seed+1, seed+2, …")
    repeats: int = Field(
        5, ge=1, le=100, description="Splits a model is evaluated on; a kernel matrix uses one"
    )


class DatasetSpec(Spec):
    """A named data set, or a file with a target column."""

    name: str | None = Field(
        None, pattern=r"^[a-z0-9][a-z0-9_]{0,63}$", description="Name, see `qml list datasets`"
    )
    path: str | None = Field(
        None, min_length=1, max_length=1024, description="CSV or Parquet: local path or s3://…"
    )
    target: str | None = Field(None, description="Target column of the file")
    parameters: dict[str, int | float | bool | str] = Field(
        default_factory=dict, description="Parameters of a generated data set"
    )
    preprocessing: PreprocessingSpec = PreprocessingSpec()
    split: SplitSpec = SplitSpec()

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.name is None) == (self.path is None):
            raise ValueError(f"give either name or path, found name={self.name}, path={self.path}")
        if self.path is not None and self.target is None:
            raise ValueError(f"path={self.path} needs target=<column>")
        if self.name is not None and self.target is not None:
            raise ValueError(f"target={self.target} is for files; {self.name} knows its own")
        if self.path is not None and "@" in self.path.removeprefix("s3://").split("/")[0]:
            raise ValueError("path holds credentials; put them into the environment instead")
        if self.path is not None and self.parameters:
            raise ValueError(f"parameters are for named data sets, found path={self.path}")
        return self

    def label(self, name: str) -> str:
        """What tables and pages call it: its name with the parameters that were asked for.

        Args:
            name: of the data; a file's is its stem.
        """
        asked = ", ".join(f"{key}={value}" for key, value in sorted(self.parameters.items()))
        return f"{name} ({asked})" if asked else name
