"""Predictions of a stored model on new rows: the plan, and where they are."""

from typing import Literal

from pydantic import Field

from qml_core.references.artifacts import ArtifactRef, ModelRef
from qml_core.references.plans import CircuitPlan

Outside = Literal["warn", "refuse"]
"""What to do with rows outside the range of the training rows."""


class RowsRef(ArtifactRef):
    """Rows to predict on: `raw` columns as they came, and what the model's encoding sees."""

    rows: int = Field(ge=1)
    features: int = Field(ge=1, description="After preprocessing")
    notes: tuple[str, ...] = Field((), description="E.g. rows outside the training range")


class PredictionPlan(CircuitPlan):
    """Circuits that answer for some rows."""

    model: ModelRef
    data: RowsRef
    groups: int = Field(1, ge=0, description="Bases that one row is measured in")

    @property
    def store(self) -> str:
        return self.data.store


class PredictionsRef(ArtifactRef):
    """Predictions in the order of the rows, Parquet: the target's column, and who made each."""

    target: str
    rows: int = Field(ge=1)
    made_by: str = Field(description="Model and backend, or the classical model that stood in")
    notes: tuple[str, ...] = ()
