"""`qml benchmark reproduce`: the table, exit codes, and a published digit that was changed."""

import json
from dataclasses import replace

import pytest

from qml_core.evaluation.reproduction import published as module
from qml_core.evaluation.reproduction.published import published

SMALL = ("linearly_separable", ("2d", "3d", "4d"))


@pytest.fixture
def publish(monkeypatch):
    """publish(entries): what the data file holds."""

    def hold(entries):
        monkeypatch.setattr(module, "published", lambda: tuple(entries))

    return hold


@pytest.fixture
def few(publish):
    """Of three data sets both models, and they are all that is published."""
    own = [one for one in published() if one.family == SMALL[0] and one.instance in SMALL[1]]
    publish(own)
    return own


def flat(text):
    return " ".join(text.split())


def test_entries_that_match_end_well(qml, few):
    said = qml("benchmark", "reproduce")
    assert (said.code, said.err) == (0, "")
    assert "SVC linearly_separable 3 3 0 IQPKernel linearly_separable 3 3 0" in flat(said.out)
    assert "6 of 6 entries that are known to be reproducible match" in flat(said.out)
    assert "differs" not in said.out


def test_a_changed_published_digit_ends_with_1_and_is_shown(qml, few, publish):
    publish([replace(few[0], train=0.999999), *few[1:]])
    said = qml("benchmark", "reproduce")
    assert said.code == 1
    (line,) = [line for line in said.out.splitlines() if "differs" in line]
    assert flat(line) == (
        "SVC linearly_separable 2d train 1.000000 (0.999999) test 1.000000 (1.000000) differs"
    )
    assert "5 of 6 entries" in flat(said.out)


def test_entries_not_known_to_be_reproducible_end_well(qml, publish):
    publish(one for one in published() if one.instance == "6manifold-6d")
    said = qml("benchmark", "reproduce")
    assert said.code == 0
    assert "test 0.633333 (0.783333) differs" in flat(said.out)
    assert flat(said.out).endswith("of 1 that are not, none")


def test_a_published_training_score_is_reported_as_impossible(qml, few, publish):
    publish([replace(few[0], test=0.991667, reproduced=False), *few[1:]])
    said = qml("benchmark", "reproduce")
    assert said.code == 0
    assert "(0.991667) impossible: no score of 60 rows" in flat(said.out)
    document = json.loads(qml("benchmark", "reproduce", "--json").out)
    assert [row["possible"] for row in document["entries"]] == [False] + [True] * 5


def test_json_is_one_document(qml, few):
    said = qml("benchmark", "reproduce", "--model", "SVC", "--verbose", "--json")
    assert (said.code, said.err) == (0, "")
    rows = json.loads(said.out)["entries"]
    assert [(row["model"], row["instance"]) for row in rows] == [("SVC", n) for n in SMALL[1]]
    for row in rows:
        assert row["match"]
        assert row["refit_test"] == pytest.approx(row["test"], abs=5.01e-7)


def test_verbose_says_a_line_for_every_entry(qml, few):
    said = qml("benchmark", "reproduce", "--verbose")
    assert sum(line.endswith("matches") for line in said.out.splitlines()) == len(few)


@pytest.mark.parametrize(
    ("option", "name", "message"),
    [
        ("--family", "hidden_manifolds", "near names: hidden_manifold"),
        ("--model", "IQP", "known: IQPKernel, SVC"),
    ],
)
def test_unknown_names_list_near_ones(qml, option, name, message):
    said = qml("benchmark", "reproduce", option, name)
    assert (said.code, said.out) == (2, "")
    assert message in said.err


@pytest.mark.slow
def test_all_that_is_known_to_be_reproducible_matches(qml):
    said = qml("benchmark", "reproduce")
    assert said.code == 0
    assert "91 of 91 entries that are known to be reproducible match" in flat(said.out)
