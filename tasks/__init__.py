"""Tasks: Prefect's floor. Short adapters that retry, report progress and join what is below."""
