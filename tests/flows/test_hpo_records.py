"""What a search leaves in the store: read by others, and made again where it is damaged."""

import json

import pandas
import pytest
from searched_functions import SPACE, asked, found

from flows.hpo import hpo

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]


def test_each_record_is_a_table_of_one_row_with_the_configuration(store_url, ledger, objective):
    run = hpo(None, objective.search("random", trials=10))
    for trial in run.trials:
        (row,) = pandas.read_parquet(objective.folder / "store" / trial.path).to_dict("records")
        assert {name: row[f"param.{name}"] for name in SPACE} == trial.configuration
        assert (row["key"], row["status"], row["error"]) == (trial.key, trial.status, trial.error)
        assert row["value"] == trial.value or (
            trial.status == "failed" and row["value"] != row["value"]
        )
    reasons = {trial.error.partition(":")[0] for trial in run.trials if trial.status == "failed"}
    assert "ZeroDivisionError" in reasons
    assert len(reasons) >= 2
    table = pandas.read_parquet(objective.folder / "store" / run.table.path)
    assert list(table["number"]) == list(range(1, 11))
    assert table["value"].isna().tolist() == [trial.status == "failed" for trial in run.trials]
    assert [
        dict(zip(SPACE, row, strict=True)) for row in table[[f"param.{n}" for n in SPACE]].values
    ] == [trial.configuration for trial in run.trials]


def damage(path):
    """Half of the file is lost."""
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def exchange(path):
    """Proposal: still JSON, but other configurations."""
    document = json.loads(path.read_text())
    code = document["proposal"]["codes"][0]
    code[0] = 1 - min(code[0], 1)
    path.write_text(json.dumps(document, sort_keys=True, indent=1) + "\n")


@pytest.mark.parametrize("harm", [damage, pytest.param(exchange, marks=pytest.mark.slow)])
def test_a_damaged_record_or_proposal_is_set_aside_and_made_again(
    store_url, ledger, objective, harm
):
    store = objective.folder / "store"
    search = objective.search("qaoa")
    whole = hpo(None, search)
    proposals = sorted(store.glob("searches/*/*.json"))
    assert len(proposals) == 3
    damage(store / whole.trials[5].path)
    for path in proposals:
        harm(path)
    objective.forget()
    again = hpo(None, search)
    assert found(again) == found(whole)
    assert objective.calls == [asked(whole.trials[5])]
    set_aside = [path.name for path in store.glob("quarantine/**/*") if path.is_file()]
    assert set(set_aside) == {path.name for path in (*proposals, store / whole.trials[5].path)}
    objective.forget()
    assert found(hpo(None, search)) == found(whole)
    assert objective.calls == []


def test_a_lost_or_damaged_surrogate_is_made_again(store_url, ledger, objective):
    store, search = objective.folder / "store", objective.search("qaoa")
    whole = hpo(None, search)
    objective.forget()
    for harm in (damage, lambda path: path.unlink()):
        for path in store.glob("surrogates/**/*.parquet"):
            harm(path)
        assert found(hpo(None, search)) == found(whole)
    assert objective.calls == []
