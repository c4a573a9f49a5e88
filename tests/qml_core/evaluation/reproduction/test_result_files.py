"""CSV files of results, well and ill made."""

import pytest

from qml_core.errors import DataError
from qml_core.evaluation.reproduction.result_files import entries_of

SEEDS = """model,family,seed,train_acc,test_acc
SVC,moons,0,1.0,0.95
SVC,moons,1,0.99,0.90
SVC,circles,0,0.98,0.85
VQC,moons,0,0.97,0.80
"""


def told(text, **how):
    """Name, lines, test and train scores of each entry."""
    return [
        (one.name, one.lines, [s.value for s in one.test], [s.value for s in one.train])
        for one in entries_of(text, **how)
    ]


def test_rows_alike_in_all_but_scores_and_seed_are_one_entry():
    assert told(SEEDS) == [
        ("SVC moons", (2, 3), [0.95, 0.9], [1.0, 0.99]),
        ("SVC circles", (4,), [0.85], [0.98]),
        ("VQC moons", (5,), [0.8], [0.97]),
    ]


def test_columns_named_by_make_the_entries():
    assert [one[:2] for one in told(SEEDS, by=["model"])] == [("SVC", (2, 3, 4)), ("VQC", (5,))]


def test_a_mean_is_an_entry_of_its_own():
    assert [one[:2] for one in told(SEEDS, mean=True)] == [
        ("SVC moons", (2,)), ("SVC moons", (3,)), ("SVC circles", (4,)), ("VQC moons", (5,)),
    ]  # fmt: skip


def test_a_file_of_nothing_but_scores_and_pandas_index_is_one_entry():
    """As the study of Bowles et al. publishes them: a file per model and data set."""
    text = ",train_acc,test_acc\n0,0.975,0.95\n1,0.97,0.9\n"
    assert told(text) == [("", (2, 3), [0.95, 0.9], [0.975, 0.97])]


def test_other_columns_can_be_the_scores():
    (one,) = told("a,b\n0.5,0.75\n", test="b", train="a")
    assert one[2:] == ([0.75], [0.5])


def test_train_scores_may_be_missing():
    (one,) = told("test\n0.5\n")
    assert one == ("", (2,), [0.5], [])


@pytest.mark.parametrize("separator", [";", "\t", ","])
def test_columns_are_found_between_commas_semicolons_and_tabs(separator):
    text = "\r\n".join(separator.join(row) for row in (("model", "Test_Acc "), ("a", "0.95")))
    assert told(text) == [("a", (2,), [0.95], [])]


@pytest.mark.parametrize("text", ["model;test\na;0,95\n", 'model,test\na,"0,95"\n'])
def test_a_comma_in_a_score_is_a_decimal_point(text):
    assert told(text) == [("a", (2,), [0.95], [])]


def test_quoted_fields_may_hold_commas_and_lines():
    text = 'model,test\n"SVC, ""tuned""",0.95\n\n"two\nlines",0.9\n'
    assert told(text) == [('SVC, "tuned"', (2,), [0.95], []), ("two\nlines", (5,), [0.9], [])]


@pytest.mark.parametrize("text", ["95.0", "95%", "95.0 %", "9.50e1"])
def test_percent_are_read_with_their_digits(text):
    (one,) = entries_of(f"test\n{text}\n", percent=True)
    assert one.test[0].value == 0.95
    assert one.test[0].decimals == len(text.strip(" %").partition("e")[0].partition(".")[2]) + (
        1 if "e" in text else 2
    )


def test_a_percent_sign_needs_no_option():
    assert told("test\n95 %\n") == [("", (2,), [0.95], [])]


@pytest.mark.parametrize(
    ("text", "how", "said"),
    [
        ("", {}, "no column of test scores; columns: none; name it with --test"),
        ("\n\n", {}, "no column of test scores"),
        ("model,test\n", {}, "the file has no rows"),
        ("model,acc\na,0.5\n", {}, "columns: model, acc; name it with --test"),
        ("model,test\na,0.5\n", {"test": "tset"}, "no column 'tset' in the file; near names: test"),
        ("model,test\na,0.5\n", {"by": ["modle"]}, "no column 'modle'.*near names: model"),
        ("model,test\na,0.5\n", {"train": "test"}, "'test' given as test and as train"),
        ("test,test\n0.5,0.6\n", {}, "column 'test' is there twice"),
        ("model,test\na,0.5\nb\n", {}, "line 3 has 1 fields, the header 2"),
        ("model,test\na,0.5,7\n", {}, "line 2 has 3 fields, the header 2"),
        ("model,test\na,good\n", {}, "line 2: score 'good' is no number"),
        ("model,test\na,0.5\nb,\n", {}, "line 3: score '' is no number"),
        ("test\nnan\n", {}, "line 2: score 'nan' is not finite; leave the row out"),
        ("test\n-inf\n", {}, "not finite"),
        ("test\n1e99999999999999999999\n", {}, "is no number"),
        ("test,train\n0.5,?\n", {}, "line 2: score '?' is no number"),
        ("model,test\n" + "x" * 200_000 + ",0.5\n", {}, "line 2 is no CSV: field larger"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_the_line_or_the_column(text, how, said):
    with pytest.raises(DataError, match=said.replace("?", r"\?")):
        entries_of(text, **how)
