"""Bad input ends at the door: exit code 2, one line that says what was found, nothing started."""

import json

import pytest

X = [[0.1 * k, -0.2 * k, (k % 3) - 1.0] for k in range(20)]
GOOD = [[*x, k % 2] for k, x in enumerate(X)]
HEAD = ["a", "b", "c", "y"]
FILES = {
    "good": (HEAD, GOOD),
    "holes": (HEAD, [["", *row[1:]] if k in (2, 5) else row for k, row in enumerate(GOOD)]),
    "one_class": (HEAD, [[*x, 1] for x in X]),
    "lonely": (HEAD, [[*x, int(k == 0)] for k, x in enumerate(X)]),
    "none": (HEAD, []),
    "single": (HEAD, GOOD[:1]),
    "constant": (HEAD, [[1.0, 2.0, 3.0, row[3]] for row in GOOD]),
    "words": (HEAD, [["x", *row[1:]] for row in GOOD]),
    "endless": (HEAD, [["inf", *row[1:]] for row in GOOD]),
}
REDUCE_NONE = ("--set", "dataset.preprocessing.reduce=none")
TWO_WEIGHTS = ("--set", "model.kernel.encoding.weights=[1,2]")
TWO_QUBITS = ("--set", "model.kernel.encoding.n_qubits=2")


@pytest.fixture
def bad(qml):
    """Runs, checks code and form, returns the one line on standard error."""

    def run(*words, code=2):
        said = qml(*words)
        assert said.code == code, said
        assert said.out == ""
        (line,) = said.err.splitlines()
        assert line.startswith("qml: ")
        return line

    return run


@pytest.mark.parametrize("more", [(), ("--dry-run",)], ids=["run", "dry run"])
@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("holes", "missing values in 'a' (2), preprocessing.missing=refuse; impute"),
        ("one_class", "one value only (1), at least 2"),
        ("lonely", "class '1' of lonely.csv has 1 row, at least 2"),
        ("none", "0 row(s), at least 2"),
        ("single", "1 row(s), at least 2"),
        ("constant", "all 3 feature columns of constant.csv are constant"),
        ("words", "'a' (string) of words.csv hold no numbers"),
        ("endless", "infinite values in column(s) 'a' (20)"),
    ],
)
def test_a_file_that_cannot_be_learnt_from_is_refused(bad, make_csv, tmp_path, file, words, more):
    path = make_csv(tmp_path / f"{file}.csv", *FILES[file])
    assert words in bad("train", path, "--target", "y", *more)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (("--target", "z"), "no target column 'z'; known: a, b, c, y"),
        (("--target", "yy"), "near names: y"),
        ((), "without its target column; columns: a, b, c, y; name the target with --target"),
        (("--target", "y", "--qubits", "4"), "but 3 feature columns of good.csv and 16 train"),
        (("--target", "y", *TWO_QUBITS), "n_qubits=2, but features after preprocessing=3 needs 3"),
        (("--target", "y", *REDUCE_NONE, *TWO_QUBITS), "n_qubits=2, but features"),
        (("--target", "y", *TWO_WEIGHTS), "encoding.weights has 2 factors, asked for 3 features"),
        (("--target", "y", "--set", "model.name=qsvr"), "use --set model.name=qsvc"),
        (("--target", "y", "--encoding", "zzz"), "unknown encoding 'zzz'; known: amplitude"),
        (("--target", "y", "--params", "no.json"), "--params no.json cannot be read"),
    ],
)
def test_what_does_not_fit_the_file_is_refused(bad, make_csv, tmp_path, asked, words):
    path = make_csv(tmp_path / "good.csv", *FILES["good"])
    assert words in bad("train", path, *asked)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("train missing.csv --target y", "data file missing.csv: nothing there"),
        ("train ../../etc --target y", "data file ../../etc: "),
        ("train ..", "data file ..: a folder"),
        ("train ftp://x/y.csv --target y", "only local paths, file:/// and s3://"),
        ("train irsi", "unknown data set 'irsi'; near names: iris"),
        ("train iris --set dataset.name=..", "dataset.name"),
        ("train iris --set dataset.name=../x", "dataset.name"),
        ("train moons --set dataset.parameters.n_samples=0", "whole number from 4 to 100000"),
        ("train moons --set dataset.parameters.n_samples=1", "whole number from 4 to 100000"),
        ("train moons --set dataset.parameters.n_sample=9", "near names: n_samples"),
        ("train diabetes", "use --set model.name=qsvr"),
        ("train iris --set model.kernl.encoding.reps=3", "near: kernel"),
        ("train iris --set model.kernel.encoding.rep=3", "near: reps"),
        ("train iris --set model.kernel.encoding.reps=0", "reps: Input should be greater"),
        ("train iris --encoding amplitude --qubits 3", "allow at most 4"),
        ("train", "give DATA"),
        ("train iris --target y", "iris knows its own"),
        ("train iris --colour", "No such option '--colour'; see `qml train --help`"),
        ("kernel iris --qubits many", "'many' is not a valid integer"),
        ("trian iris", "no command 'trian'; near: train"),
        ("list colours", "not one of 'encodings', 'ansatze', 'datasets', 'models', 'backends'"),
        ("open ..", "run '..' asked for"),
        ("open ../../etc/passwd", "run '../../etc/passwd' asked for"),
        ("predict ../x data.csv", "run '../x' asked for"),
        ("artifacts show ../../etc/passwd", "without '..'"),
        ("artifacts export ../x out.csv", "without '..'"),
    ],
)
def test_a_wrong_word_is_refused_with_what_is_near(bad, words, found):
    assert found in bad(*words.split())


def test_a_setting_below_a_plain_value_of_a_file_is_refused(bad, tmp_path):
    (tmp_path / "p.json").write_text('{"dataset": "iris"}')
    line = bad("train", "--params", "p.json", "--set", "dataset.name=iris")
    assert "dataset is str, not a mapping" in line


@pytest.mark.parametrize("text", ["[" * 100_000, '{"dataset": null}', '{"dataset": {"name": 1}}'])
def test_a_strange_parameter_file_ends_in_one_line(bad, tmp_path, text):
    (tmp_path / "p.json").write_text(text)
    bad("train", "--params", "p.json")


def test_more_qubits_than_the_memory_holds_are_refused_with_a_remedy(bad, monkeypatch):
    monkeypatch.setenv("QML_MEMORY_BYTES", str(2**21))
    for words in (("--qubits", "20"), ("--qubits", "20", "--dry-run"), ("--set", "run.seed=1")):
        names = ("breast_cancer",) if "--qubits" in words else ("bars_and_stripes", *REDUCE_NONE)
        line = bad("train", *names, *words, code=3)
        assert "preprocessing.n_components=1" in line


@pytest.mark.parametrize(
    "words", ["train iris", "train s3://bucket/data.csv --target y", "artifacts list", "open"]
)
def test_a_store_that_does_not_answer_is_one_line_too(bad, monkeypatch, words):
    monkeypatch.setenv("QML_STORAGE_URL", "s3://bucket/prefix")
    monkeypatch.setenv("QML_S3_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret-that-nobody-may-see")
    line = bad(*words.split(), code=1)
    assert "QML_S3_ENDPOINT_URL" in line
    assert "a-secret" not in line


@pytest.mark.parametrize(
    ("url", "code", "words"),
    [
        ("ftp://x/y", 2, "known: file://, s3://"),
        ("file:///proc/none/store", 1, "can be neither created nor written"),
    ],
)
def test_a_store_that_cannot_be_used_is_told_before_the_job(bad, monkeypatch, url, code, words):
    monkeypatch.setenv("QML_STORAGE_URL", url)
    assert words in bad("train", "moons", code=code)


@pytest.mark.parametrize("name", ["QML_MEMORY_BYTES", "QML_PANEL_BYTES"])
def test_a_wrong_setting_of_the_environment_is_named(bad, monkeypatch, name):
    monkeypatch.setenv(name, "plenty")
    assert f"{name}='plenty'" in bad("train", "moons")


def test_a_real_process_ends_the_same_way_and_imports_no_prefect(qml_process, tmp_path):
    code = (
        "import sys; from deployments.cli import main\n"
        "try: main(['train', 'missing.csv', '--target', 'y'])\n"
        "finally: print([m for m in ('prefect', 'torch', 'sklearn', 'pandas') if m in sys.modules])"
    )
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (2, "[]\n")
    assert done.stderr.count("\n") == 1
    said = qml_process.run(tmp_path, "list", "models", "--json")
    assert (said.code, said.err) == (0, "")
    assert [row["name"] for row in json.loads(said.out)][:2] == ["qsvc", "qsvr"]
