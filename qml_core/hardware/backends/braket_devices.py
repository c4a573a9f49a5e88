"""Where Braket's devices are: names of this project to ARNs. Pure."""

import re
from collections.abc import Mapping

from qml_core.errors import SpecError

# docs.aws.amazon.com/braket/latest/developerguide/braket-devices.html, read 2026-11-21
_REGIONS = {
    "aqt/Ibex-Q1": "eu-north-1",
    "ionq/Forte-1": "us-east-1",
    "ionq/Forte-Enterprise-1": "us-east-1",
    "iqm/Emerald": "eu-north-1",
    "iqm/Garnet": "eu-north-1",
    "rigetti/Ankaa-3": "us-west-1",
    "rigetti/Cepheus-1-108Q": "us-west-1",
}

_ARN = re.compile(r"arn:aws[a-z-]*:braket:[a-z0-9-]*::device/[A-Za-z0-9/_.-]+")


def arn_variable(name: str) -> str:
    """Environment variable that sets a device's ARN, e.g. QML_BRAKET_ARN_IQM_GARNET."""
    return "QML_BRAKET_ARN_" + re.sub(r"[^A-Z0-9]", "_", _path(name).upper())


def device_arn(name: str, environment: Mapping[str, str]) -> str:
    """ARN of `braket.<provider>.<device>`: of the environment, else of the bundled table.

    Raises:
        SpecError: neither has the device, or the environment's value is not an ARN.
    """
    variable = arn_variable(name)
    given = environment.get(variable)
    if given and not _ARN.fullmatch(given):
        raise SpecError(f"{variable} must be the ARN of a Braket device, found {given!r}")
    path = _path(name)
    if given:
        return given
    if path not in _REGIONS:
        known = ", ".join("braket." + each.replace("/", ".") for each in sorted(_REGIONS))
        raise SpecError(f"unknown Braket device {name}; known: {known}", f"set {variable}")
    return f"arn:aws:braket:{_REGIONS[path]}::device/qpu/{path}"


def region_of(arn: str, environment: Mapping[str, str]) -> str:
    """Region of the device's endpoint; on-demand simulators serve in the user's own."""
    own = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
    return arn.split(":")[3] or own or "us-east-1"


def _path(name: str) -> str:
    return name.removeprefix("braket.").replace(".", "/", 1)
