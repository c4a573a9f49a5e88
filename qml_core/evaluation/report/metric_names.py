"""What the reader calls a metric."""

from qml_core.specs.search import LOWER_IS_BETTER

TITLES = {
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "f1_macro": "F1 (macro)",
    "roc_auc": "ROC AUC",
    "log_loss": "Log-loss",
    "r2": "R²",
    "rmse": "RMSE",
    "mae": "MAE",
}


def title_of(metric: str) -> str:
    return TITLES.get(metric, metric)


def title_and_direction(metric: str) -> str:
    return title_of(metric) + (", lower is better" if metric in LOWER_IS_BETTER else "")
