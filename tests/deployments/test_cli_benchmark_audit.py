"""`qml benchmark audit FILE`: exit codes, findings, and files that are no table of accuracies."""

import json

import pytest

TRAINING_SCORES = """,train_acc,test_acc
0,0.975,0.975
1,0.9708333333333333,0.9708333333333333
2,0.9666666666666667,0.9666666666666667
"""


@pytest.fixture
def audited(qml, tmp_path):
    """audited(text or bytes, *words): what `qml benchmark audit` says of such a file."""

    def run(content, *words):
        file = tmp_path / "results.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return qml("benchmark", "audit", file, *words)

    return run


def flat(text):
    return " ".join(text.split())


def test_possible_scores_end_well(audited):
    said = audited("model,test\na,0.9333\nb,0.8167\n", "--n-test", 60)
    assert (said.code, said.err) == (0, "")
    assert said.out == "2 entries, test set of 60 rows: all are possible\n"


def test_impossible_scores_are_listed_and_end_with_1(audited):
    said = audited("model,test\na,0.9333\nb,0.8125\n", "--n-test", 60)
    assert (said.code, said.err) == (1, "")
    assert flat(said.out) == (
        "line 3, b, impossible: 0.8125: no multiple of 1/60 (near: 49/60 = 0.8167) "
        "2 entries, test set of 60 rows: 1 wrong"
    )


def test_training_scores_are_told(audited):
    said = audited(TRAINING_SCORES, "--n-test", 60)
    assert said.code == 1
    assert "impossible: 0.975, 0.9708333333333333 (line 3)" in flat(said.out)
    assert "test = train: every test score equals the train score: these are training" in flat(
        said.out
    )
    assert said.out.endswith("1 entry, test set of 60 rows: 1 wrong\n")


def test_a_mean_over_seeds_has_a_finer_grid(audited):
    text = "model,test\na,0.976667\n"  # 293 of 300
    assert audited(text, "--n-test", 60, "--seeds", 5).code == 0
    assert audited(text, "--n-test", 60).code == 1
    said = audited(text, "--n-test", 60, "--seeds", 2)
    assert said.code == 1
    assert "no mean of 2 multiples of 1/60 (near: 117/120 = 0.975000)" in flat(said.out)


def test_a_suspect_entry_is_told_and_ends_well(audited):
    said = audited("model,train,test\na,0.966667,0.966667\n", "--n-test", 60)
    assert said.code == 0
    assert "suspect: the test score equals the train score" in flat(said.out)
    assert said.out.endswith("1 entry, test set of 60 rows: all are possible, 1 suspect\n")


def test_columns_of_other_names_can_be_named(audited):
    text = "who,when,a,b\nSVC,x,0.9,0.91\nSVC,y,0.8,0.82\nVQC,x,0.7,0.7\n"
    words = ("--n-test", 100, "--test", "b", "--train", "a", "--by", "who")
    said = audited(text, *words, "--json")
    assert json.loads(said.out)["entries"] == 2
    said = audited(text, "--n-test", 100, "--test", "bb")
    assert (said.code, said.out) == (2, "")
    assert "no column 'bb' in the file; near names: b" in said.err


def test_json_is_one_document(audited):
    said = audited(TRAINING_SCORES, "--n-test", 60, "--json")
    document = json.loads(said.out)
    assert (said.code, said.err) == (1, "")
    assert {name: document[name] for name in ("entries", "n_test", "seeds", "digits")} == {
        "entries": 1, "n_test": 60, "seeds": None, "digits": 6,
    }  # fmt: skip
    assert [found["kind"] for found in document["findings"]] == ["impossible", "test = train"]
    assert {found["line"] for found in document["findings"]} == {2}


def test_digits_that_cannot_tell_are_said_not_passed_over(audited):
    said = audited("test\n0.95\n0.81\n", "--n-test", 569)
    assert said.code == 0
    assert said.out == "1 entry, test set of 569 rows: 2 decimals cannot tell\n"
    half = audited("test\n0.95\n0.80\n", "--n-test", 60)
    assert "all are possible, but so are 60% of all numbers of 2 decimals" in flat(half.out)


def test_percent_need_the_option(audited):
    text = "model,test\na,93.3\nb,81.25\n"
    said = audited(text, "--n-test", 60)
    assert (said.code, said.out) == (2, "")
    assert "test scores such as 93.3 look like percent; give --percent" in said.err
    said = audited(text, "--n-test", 60, "--percent")
    assert said.code == 1
    assert "81.25: no multiple of 1/60" in flat(said.out)
    assert audited("test\n93.3\n81.7\n", "--n-test", 60, "--percent").code == 0


def test_files_of_a_spreadsheet_are_read(audited):
    text = "\ufeffModell;Test;Train\r\na;0,8125;0,9\r\n"
    said = audited(text, "--n-test", 60)
    assert (said.code, said.err) == (1, "")
    assert "line 2, a, impossible: 0,8125" in flat(said.out)


@pytest.mark.parametrize(
    ("content", "words", "message"),
    [
        ("", ("--n-test", 60), "no column of test scores"),
        ("test\n0.5\n", (), "Missing option '--n-test'"),
        ("test\n0.5\n", ("--n-test", 0), "audit of a test set of 0 rows asked"),
        ("test\n0.5\n", ("--n-test", 60, "--seeds", 0), "over 0 seeds asked"),
        ("test\n0.5\n", ("--n-test", 60, "--seeds", -3), "over -3 seeds asked"),
        ("test\n0.5\n", ("--n-test", 10**30), "their product at most 1,000,000,000,000"),
        ("test\nnan\n", ("--n-test", 60), "line 2: score 'nan' is not finite"),
        (b"PAR1\x15\x04\x15", ("--n-test", 60), "is a Parquet file; give its scores as CSV"),
        (b"\xff\xfet\x00e\x00", ("--n-test", 60), "give a CSV file in UTF-8"),
        (b"test\n0.5\x00\n", ("--n-test", 60), "line 2"),
    ],
)
def test_bad_input_is_one_line_and_ends_with_2(audited, content, words, message):
    said = audited(content, *words)
    assert (said.code, said.out) == (2, "")
    assert len(said.err.splitlines()) == 1
    assert message in said.err


def test_folders_and_files_that_are_not_there_are_refused(qml, tmp_path):
    for path in (tmp_path, tmp_path / "none.csv"):
        said = qml("benchmark", "audit", path, "--n-test", 60)
        assert (said.code, said.out) == (2, "")
        assert f"{path} cannot be read" in said.err


def test_more_bytes_than_the_limit_are_not_read(audited, qml, monkeypatch):
    monkeypatch.setattr("deployments.cli.benchmark_audit.MAX_BYTES", 20)
    assert audited("test\n" + "0.5\n" * 3, "--n-test", 2).code == 0
    said = audited("test\n" + "0.5\n" * 4, "--n-test", 2)
    assert said.code == 2
    assert "more than 20 bytes, the limit" in said.err
    assert qml("benchmark", "audit", "/dev/zero", "--n-test", 2).code == 2
