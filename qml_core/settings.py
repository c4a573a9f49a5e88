"""Settings of the installation: where artifacts lie and how much memory a panel may take.

They come from the environment (`QML_…`), never from a flow's parameters, and never hold a secret.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from platformdirs import user_data_path
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from qml_core.errors import SpecError

PREFIX = "QML_"


def data_folder() -> Path:
    """The user's own folder for artifacts, ledger and the temporary Prefect server."""
    return user_data_path("qml", appauthor=False)


def _default_storage_url() -> str:
    return (data_folder() / "store").as_uri()


def default_ledger_url() -> str:
    """The ledger of one user on one machine."""
    return f"sqlite:///{data_folder() / 'ledger.db'}"


def _memory() -> int:
    """The machine's memory, bytes."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


class Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    storage_url: str = Field(
        default_factory=_default_storage_url,
        description="Artifact store: file:///folder or s3://bucket/prefix",
    )
    ledger_url: str = Field(
        default_factory=default_ledger_url,
        description="Budget ledger, an SQLAlchemy URL",
    )
    s3_endpoint_url: str | None = Field(
        default=None, description="Endpoint of an S3-compatible server; none: AWS"
    )
    mlflow_uri: str | None = Field(
        default=None,
        description="MLflow's tracking URI, to which benchmarks are logged as well; none: they are "
        "not. User and password belong into MLFLOW_TRACKING_USERNAME and …_PASSWORD",
    )
    panel_bytes: int = Field(
        default_factory=lambda: _memory() // 4,
        ge=2**20,
        description="Memory for state vectors kept at once, in bytes; by default a quarter of all",
    )

    memory_bytes: int = Field(
        default_factory=lambda: _memory() // 2,
        ge=2**20,
        description="Memory a simulation may take, in bytes; by default half of all",
    )

    job_lease_s: float = Field(
        default=300.0,
        gt=0,
        description="Seconds in which whoever reserved a paid job is the only one to submit it",
    )
    job_grace_s: float = Field(
        default=10.0,
        ge=0,
        description="Seconds after which a provider shows a job that it accepted",
    )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Read `QML_STORAGE_URL`, `QML_LEDGER_URL`, …; raises SpecError on a bad value."""
        environment = os.environ if environment is None else environment
        names = {name: PREFIX + name.upper() for name in cls.model_fields}
        values = {n: environment[v] for n, v in names.items() if environment.get(v)}
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            first = error.errors()[0]
            variable = names[str(first["loc"][0])]
            raise SpecError(f"{variable}={first['input']!r}: {first['msg']}") from error
