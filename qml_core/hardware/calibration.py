"""Calibration records: their age and their files."""

from datetime import datetime, timedelta
from pathlib import Path

from pydantic import ValidationError

from qml_core.budget.entries import CLOCKS_DIFFER
from qml_core.errors import DataError, StaleCalibration
from qml_core.references import Calibration

BUNDLED = Path(__file__).with_name("calibrations")
"""Records that come with the package: <name>.json, the name as in `BackendSpec.noise`."""


def check_age(calibration: Calibration, now: datetime, limit_h: float) -> timedelta:
    """Age of a record that may be used.

    Args:
        limit_h: oldest age that is allowed, hours.

    Raises:
        StaleCalibration: it is older, or nobody knows how old.
    """
    age = calibration.age(now)
    remedy = "wait for a recalibration (run.on_refusal=wait), or raise run.max_calibration_age_h"
    if age is None:
        raise StaleCalibration(
            f"calibration of {calibration.backend} at most {limit_h:g} h old asked, found one "
            "without a date",
            remedy,
        )
    if age < -CLOCKS_DIFFER:  # a clock is wrong, so no age can be believed
        raise StaleCalibration(
            f"calibration of {calibration.backend} is dated {calibration.taken_at}, which is after "
            f"this machine's {now}",
            "set this machine's clock",
        )
    if age > timedelta(hours=limit_h):
        raise StaleCalibration(
            f"calibration of {calibration.backend} at most {limit_h:g} h old asked, found "
            f"{age / timedelta(hours=1):.1f} h (taken {calibration.taken_at:%Y-%m-%d %H:%M %Z})",
            remedy,
        )
    return age


def load_calibration(name: str) -> Calibration:
    """A bundled record by name, e.g. `ibm.fake_manila`, or a JSON file by path.

    Raises:
        DataError: there is neither, or it is no calibration record.
    """
    bundled = {path.stem: path for path in sorted(BUNDLED.glob("*.json"))}
    path = bundled.get(name, Path(name).expanduser())
    if not path.is_file():
        raise DataError(
            f"calibration record {name} asked, found no such file, nor is it one of "
            f"{', '.join(bundled)}",
            "give the path of a JSON file, or one of these names",
        )
    return read_calibration(path)


def read_calibration(path: Path) -> Calibration:
    """A record from its JSON file; raises DataError where it is none."""
    try:
        return Calibration.model_validate_json(path.read_bytes())
    except OSError as error:
        raise DataError(
            f"calibration record {path} cannot be read: {error.strerror}", "check the path"
        ) from error
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the document"
        raise DataError(
            f"{path} is no calibration record: {where}: {first['msg']}",
            "write it with the fields of qml_core.references.Calibration",
        ) from error
