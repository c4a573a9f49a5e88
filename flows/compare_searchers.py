"""The flow that asks which searcher helps, and whether its quantum part does."""

from prefect import flow

from qml_core.references import ComparisonRef
from qml_core.specs import ComparisonSpec, DatasetSpec, RunSpec
from qml_core.specs.comparison import check_comparison
from tasks.comparison_report import report_comparison
from tasks.landscapes import tabulate_spaces
from tasks.replays import replay_searches
from tasks.tuned_angles import compare_angles


@flow(name="compare-searchers", persist_result=False)
def compare_searchers(
    comparison: ComparisonSpec = ComparisonSpec(),
    dataset: DatasetSpec | None = None,
    run: RunSpec = RunSpec(),
) -> ComparisonRef:
    """Evaluate each space once, replay every searcher on it for every seed, test two contrasts.

    Args:
        comparison: Spaces, searchers, trials and seeds.
        dataset: Of the comparison's own search.
        run: Under which terms: first seed, task runner.
    """
    check_comparison(comparison, dataset)
    landscapes = tabulate_spaces(comparison, dataset, run)
    replays = replay_searches(landscapes, comparison, run)
    tuning = compare_angles(comparison, run)
    return report_comparison(dataset, comparison, run, landscapes, replays, tuning)
