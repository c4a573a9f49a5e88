"""When a benchmark is stopped by its screens."""

import pytest

from qml_core.errors import ScreenRefused
from qml_core.evaluation.screen import check_screens, screen_data
from qml_core.references.benchmark import Reason, ScreenRef
from qml_core.specs import DatasetSpec
from qml_core.specs.benchmark import BenchmarkSpec

ASKED = BenchmarkSpec(datasets=(DatasetSpec(name="wine"),))
FORCED = ASKED.model_copy(update={"force": True})
BY_DESIGN = screen_data("diabetes", "regression", 442, 10)
NOT_WORTH = ScreenRef(
    data="wine",
    model="qsvc iqp",
    worth=False,
    reasons=(
        Reason(check="a", against=True, said="g is small."),
        Reason(check="b", against=False, said="fine."),
    ),
    instead="rbf_svm",
)
FINE = ScreenRef(data="wine", model="qsvc zz", worth=True)


@pytest.mark.parametrize("paid", [False, True])
def test_what_is_excluded_by_design_stops_every_benchmark(paid):
    with pytest.raises(ScreenRefused, match="by design on diabetes: regression") as refused:
        check_screens([FINE, BY_DESIGN], ASKED, paid)
    assert refused.value.exit_code == 3
    assert "gaussian_process" in refused.value.remedy
    assert "--force" in refused.value.remedy


def test_what_is_not_worth_a_qpu_stops_only_what_is_paid_for():
    check_screens([NOT_WORTH, FINE], ASKED, paid=False)
    with pytest.raises(ScreenRefused, match="pay for qsvc iqp on wine") as refused:
        check_screens([NOT_WORTH, FINE], ASKED, paid=True)
    assert refused.value.message.endswith("g is small")
    assert "use rbf_svm instead" in refused.value.remedy


def test_force_runs_it_all_the_same_and_nothing_stops_what_is_fine():
    check_screens([NOT_WORTH, BY_DESIGN], FORCED, paid=True)
    check_screens([FINE], ASKED, paid=True)
    check_screens([], ASKED, paid=True)
