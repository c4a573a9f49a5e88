"""Tasks: Prefect's floor. Short adapters that retry, report progress and join the halves of qml_core."""
