"""Bad input of `qml benchmark`: one line, exit code 2 or 3, nothing stored, no flow started."""

from functools import partial
from itertools import cycle

import numpy as np
import pytest
from refused_commands import refusal


@pytest.fixture
def refused(qml, tmp_path):
    """The one line of a command that is refused."""
    return partial(refusal, qml, tmp_path)


@pytest.fixture
def data(tmp_path, make_csv):
    """data(rows, target, columns=3) writes data.csv of that many rows with target y."""

    def write(rows, target, columns=3, name="data.csv"):
        X = np.random.default_rng(3).normal(size=(rows, columns)).tolist()
        pairs = zip(X, cycle(target), strict=False)
        names = [f"f{k}" for k in range(columns)]
        return make_csv(tmp_path / name, [*names, "y"], [[*x, y] for x, y in pairs])

    return write


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", "no data set was given; name one or more"),
        ("sute", "no data set 'sute'; near: suite"),
        ("irsi moons", "unknown data set 'irsi'; near names: iris"),
        ("moons moons", "datasets names moons twice"),
        ("moons diabetes", "one benchmark is of one task; run two benchmarks"),
        ("reproduce.csv --target y", "data file reproduce.csv: nothing there"),
        ("--target y", "--target names a column, but no file was given"),
        ("moons --target y", "--target y is for files; moons know their own"),
        ("--qubits 3", "--qubits 3 was given without DATA"),
        ("moons --models qsvcc", "--models: no 'qsvcc'; near names: qsvc"),
        ("moons --models qsvc,qsvc", "models has the same qsvc on iqp twice; leave one out"),
        ("moons --models ,", "--models ',' names no model; name one, or leave --models out"),
        ("moons --models qsvr", "qsvr is for regression, moons is for classification; use"),
        ("moons --classical logistc", "near: logistic; known:"),
        ("moons --classical knn,knn", "names one twice"),
        ("moons --classical ,", "leave --classical out"),
        ("moons --classical dummy", "leaves no model that decides"),
        ("diabetes --classical logistic", "logistic asked for regression of diabetes; use ridge"),
        ("moons --metric acuracy", "near: accuracy"),
        ("moons --metric r2", "metric=r2, moons is for classification; use accuracy"),
        ("diabetes --metric rmse", "in units of the target: give threshold"),
        ('moons --set benchmark.also=["r2"]', "benchmark.also=r2, moons is for classification"),
        ('moons --set benchmark.also=["accuracy"]', "accuracy, which decides on moons already"),
        ('moons --set benchmark.also=["r2","f1_macro"]', "are not of one task"),
        ("moons --threshold 0", "greater than 0, found 0"),
        ("moons --threshold nan", "finite number, found nan"),
        ("moons --threshold 1", "between 0 and 1: no difference is above it; give less"),
        ("moons --set benchmark.alpha=0.7", "less than or equal to 0.5, found 0.7"),
        ("moons --set benchmark.equivalence=1", "less than 1, found 1"),
        ("moons --folds 1", "greater than or equal to 2, found 1"),
        ("moons --repeats 101", "less than or equal to 100, found 101"),
        ("moons --configurations 0", "found 0"),
        ("moons --set benchmark.inner_folds=1", "found 1"),
        ("moons --set benchmark.learning_curve=[1.0]", "less than 1, found 1.0"),
        ("moons --set benchmark.learning_curve=[0.5,0.5]", "names one twice"),
        ('moons --set benchmark.controls=["rbf"]', "near: rbf_pca"),
        ("moons --set benchmark.fold=3", "near: folds"),
        ("moons --set model.name=vqc", "no 'model' in the top; near: benchmark"),
        ('moons --set benchmark.models=[{"nme":"vqc"}]', "models.0.nme is unknown; near: name"),
        ('moons --set benchmark.models=[{"kernel":{"landmarks":9}}]', "leave landmarks out"),
        ("moons --encoding zzz", "unknown encoding 'zzz'; known: amplitude"),
        ("moons --qubits 0", "greater than or equal to 1, found 0"),
        ("moons iris --qubits 3", "2 feature columns of moons and 240 training rows allow at most"),
        ("moons --backend qml.batchd", "unknown backend 'qml.batchd'"),
        ("moons --shots 0", "found 0"),
        ("moons --shots 9 --models projected", "only the fidelity kernel is measured with shots"),
        ("moons --set run.extend=abcdef12", "is for `qml kernel`"),
        ("suite smal", "'smal' is not one of 'small', 'full'"),
        ("suite small --set benchmark.datasets=[]", "at least 1 item"),
        ("suite small --folds 3", "No such option"),
        ("show abcdef", "which holds 0 runs"),
        ("show", "holds no benchmark"),
        ("compare abcdef", "Missing argument 'RUN'"),
        ("compare latest latest", "holds no benchmark"),
        ("export json", "No such command 'json'"),
        ("reproduce --family zzz", "known: hidden_manifold"),
        ("reproduce --model SVCC", "SVC"),
        ("audit", "Missing argument 'FILE'"),
        ("audit nowhere.csv --n-test 9", "cannot be read"),
        ("audit nowhere.csv", "Missing option '--n-test'"),
    ],
)
def test_a_benchmark_that_makes_no_sense_is_refused(refused, words, found):
    assert found in refused("benchmark", *words.split())


@pytest.mark.parametrize(
    ("dataset", "found"),
    [
        ('{"name":"moons","split":{"repeats":3}}', "set benchmark.folds and benchmark.repeats"),
        ('{"name":"moons","parameters":{"n_sample":3}}', "near names: n_samples"),
        ('{"name":"moons","parameters":{"n_samples":8}}', "use benchmark.folds=4"),
        ('{"name":"moons","path":"a.csv"}', "give either name or path"),
        ('{"path":"a.csv"}', "needs target=<column>"),
        ('{"nme":"moons"}', "datasets.0.nme is unknown; near: name"),
        ('"moons"', "expected a mapping of its fields, found 'moons'"),
    ],
)
def test_a_data_set_that_cannot_be_benchmarked_is_refused(refused, dataset, found):
    assert found in refused("benchmark", "--set", f"benchmark.datasets=[{dataset}]")


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ("benchmrk: {}", "unknown parameter 'benchmrk'; near: benchmark"),
        ("benchmark: []", "expected a mapping of its fields, found []"),
        ("benchmark: {folds: 3}", "no data set was given"),
        ("benchmark: {datasets: {name: moons}}", "expected a list"),
        ("benchmark: {datasets: [{name: moons}], modles: []}", "modles is unknown; near: models"),
        ("benchmark: {folds: 3, folds: 4}", "folds is there twice"),
        ("benchmark: &a {folds: 3}\nrun: *a", "aliases (*name) are not allowed"),
    ],
)
def test_a_file_of_parameters_that_cannot_be_used_is_refused(refused, tmp_path, document, found):
    (tmp_path / "asked.yaml").write_text(document)
    assert found in refused("benchmark", "--params", "asked.yaml")


@pytest.mark.parametrize(
    ("rows", "target", "words", "found"),
    [
        (3, "ab", "", "5 folds asked of 3 rows, at least 5 are needed; lower benchmark.folds"),
        (30, "a", "", "has one value only (a), at least 2 are needed"),
        (30, "aaaaab", "--folds 6", "class b has 5 row(s); with 6 folds every class needs a row"),
        (30, "aaaaab", "--folds 6", "use benchmark.folds=5"),
        (4, "aabb", "--folds 2", "remove these classes, or store a quantity as floats"),
        (30, ["a", "b", ""], "", "missing in 10 row(s)"),
        (30, ["0.5"], "", "has one value only (0.5)"),
        (9, ["0.5", "1.5", "0.7"], "--force", "5 folds asked of 9 rows, at least 10 are needed"),
        (30, ["0.5", "1.5", "nan"], "", "missing in 10 row(s)"),
    ],
)
def test_rows_that_give_no_folds_are_refused(refused, data, rows, target, words, found):
    file = data(rows, target)
    line = refused("benchmark", file, "--target", "y", *words.split())
    assert found in line


def test_as_many_components_are_allowed_as_a_fold_has_training_rows(refused, data):
    file = data(40, "ab", columns=39)
    words = ("benchmark", file, "--target", "y", "--folds", 2, "--qubits", 21)
    assert "20 training rows allow at most 20" in refused(*words)


def test_files_of_two_tasks_or_targets_are_refused(refused, data):
    classes, values = data(40, "ab"), data(50, ["0.5", "1.5"], columns=25, name="values.csv")
    words = ("benchmark", classes, values, "--target")
    assert "data.csv is for classification, values.csv for regression" in refused(*words, "y")
    assert "values.csv has no target column 'z'" in refused("benchmark", values, "--target", "z")
    assert "columns: f0, f1, f2, y; name the target" in refused("benchmark", classes)
    assert "twice" in refused("benchmark", classes, classes, "--target", "y")


def test_missing_values_and_constant_columns_are_refused_with_where_to_say_otherwise(
    refused, tmp_path, make_csv
):
    gaps = make_csv(tmp_path / "gaps.csv", ["a", "b", "y"], [["", 1, "u"], [2, 3, "v"]] * 9)
    line = refused("benchmark", gaps, "--target", "y")
    assert "missing values in 'a' (9)" in line
    assert "benchmark.datasets[].preprocessing.missing=median" in line
    flat = make_csv(tmp_path / "flat.csv", ["a", "b", "y"], [[1, 1, "u"], [1, 1, "v"]] * 9)
    assert "all 2 feature columns of flat.csv" in refused("benchmark", flat, "--target", "y")


def test_circuits_that_do_not_fit_are_refused_with_the_bytes_before_anything_runs(refused, data):
    file = data(120, "ab", columns=60)
    words = ("benchmark", file, "--target", "y", "--qubits", 60)
    assert "60 qubits on qml.batched need" in refused(*words, code=3)


def test_data_on_which_no_quantum_model_can_help_are_refused_with_the_model_to_use(refused, data):
    assert "use gaussian_process or xgboost instead" in refused("benchmark", "diabetes", code=3)
    assert "--force" in refused("benchmark", "diabetes", "--dry-run", code=3)
    few = data(30, ["0.5", "1.5", "0.7"])
    assert "regression on 3 features" in refused("benchmark", few, "--target", "y", code=3)


def test_a_group_without_a_command_shows_its_commands(qml):
    said = qml("benchmark", "export")
    assert said.code == 2
    assert "csv  One line for each fold of each model" in said.err
