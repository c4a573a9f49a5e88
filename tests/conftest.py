"""What every test shares: a private home, quiet telemetry, seeded randomness."""

import os
import tempfile

_HOME = tempfile.mkdtemp(prefix="qml-tests-")
os.environ.update(
    {
        "PREFECT_HOME": f"{_HOME}/prefect",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "DO_NOT_TRACK": "1",
        "XDG_DATA_HOME": f"{_HOME}/data",
        "MPLCONFIGDIR": f"{_HOME}/matplotlib",
    }
)
for _name in ("PREFECT_API_URL", "PREFECT_PROFILE", "QML_STORAGE_URL", "QML_LEDGER_URL"):
    os.environ.pop(_name, None)
