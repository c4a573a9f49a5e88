"""One small run through the command line, and what can be done with it afterwards."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.prefect


@pytest.fixture
def other(trained, make_csv, tmp_path):
    """other(columns): the rows of the trained file with these columns; 'd' is a new one."""

    def write(*columns):
        names = ["a", "b", "c", "label", "d"]
        picked = [names.index(name) for name in columns]
        rows = [[[*row, 0.5][j] for j in picked] for row in trained.rows]
        return make_csv(tmp_path / "other.csv", list(columns), rows)

    return write


def test_json_is_one_document_and_nothing_else(trained):
    assert trained.said.err == ""
    assert trained.document["score"]["value"] > 0.5
    assert trained.document["command"].startswith("qml train --set dataset.path=")


def test_the_private_home_of_local_runs_lies_in_the_data_folder(trained):
    assert (trained.folder / "qml" / "prefect" / "prefect.db").is_file()


def test_the_report_of_a_run_is_found_by_id_by_beginning_and_as_the_latest(after, trained):
    run_id = trained.document["run_id"]
    found = {after("open", "--print", *words).out for words in ((), ("latest",), (run_id[:15],))}
    (url,) = found
    page = Path(urlsplit(url.strip()).path)
    assert page.name == f"{run_id}.html"
    text = page.read_text(encoding="utf-8").replace("<wbr>", "")
    assert run_id in text
    assert "kernel.encoding.name" in text
    assert "circuit.ansatz" not in text, "a kernel machine has no circuit"


def test_a_run_that_is_not_there_is_one_line(after):
    said = after("open", "19990101")
    assert (said.code, said.out) == (1, "")
    assert said.err.count("\n") == 1
    assert "which holds 1 runs" in said.err


def test_a_model_predicts_its_own_file(after, trained):
    said = after("predict", "latest", trained.file)
    head, *predicted = said.out.splitlines()
    assert (said.code, said.err, head) == (0, "", "label,made_by")
    truth = [f"{row[-1]},qsvc" for row in trained.rows]
    agree = sum(p == t for p, t in zip(predicted, truth, strict=True))
    assert agree >= 0.8 * len(truth)


def test_the_order_of_the_columns_and_the_target_make_no_difference(after, trained, other):
    expected = after("predict", "latest", trained.file).out
    assert after("predict", "latest", other("c", "label", "a", "b")).out == expected
    assert after("predict", "latest", other("b", "c", "a")).out == expected


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (("a", "c"), "missing 'b'"),
        (("a", "b", "c", "d"), "additional 'd'"),
    ],
)
def test_other_columns_are_refused_by_name(after, other, columns, words):
    said = after("predict", "latest", other(*columns))
    assert (said.code, said.out) == (2, "")
    assert words in said.err


def test_predictions_as_json_and_in_a_file_are_the_same(after, trained, tmp_path):
    run_id = trained.document["run_id"]
    document = json.loads(after("predict", run_id, trained.file, "--split", "1", "--json").out)
    assert (document["run_id"], document["split"]) == (run_id, 1)
    said = after("predict", run_id, trained.file, "--split", "1", "--out", tmp_path / "p.csv")
    assert said.out == ""
    rows = [",".join(pair) for pair in zip(document["label"], document["made_by"], strict=True)]
    assert (tmp_path / "p.csv").read_text().split() == ["label,made_by", *rows]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("--split", "2"), "choose from 0 to 1"),
        (("--split", "-1"), "choose from 0 to 1"),
        (("--out", "no/such/folder.csv"), "cannot be written"),
    ],
)
def test_predict_refuses_what_it_cannot_do(after, trained, words, found):
    said = after("predict", "latest", trained.file, *words)
    assert (said.code, said.out) == (2, "")
    assert found in said.err


def test_predict_names_a_missing_file(after):
    said = after("predict", "latest", "gone.csv")
    assert said.code == 2
    assert "gone.csv does not exist" in said.err
