"""Bad input of `qml hpo` and `qml hpo compare`: one line, exit code 2 or 3, nothing stored."""

import json
from functools import partial

import pytest
from refused_commands import refusal

MODULES = {
    "own": "NUMBER = 3\ndef loss(configuration): return 1.0\ndef pair(a, b): return 1.0\n",
    "broken": "raise RuntimeError('no licence')\n",
    "leaves": "import sys\nsys.exit(0)\n",
    "needs": "import a_package_that_is_not_there\n",
}
SPACE = 'search.space={"C": [1, 2, 3]}'
HUGE = "search.space=" + json.dumps({f"x{k}": list(range(20)) for k in range(200)})
NINE = "search.space=" + json.dumps({f"x{k}": list(range(10)) for k in range(9)})


def levels(count, of=2):
    return "search.space=" + json.dumps({f"x{k}": list(range(of)) for k in range(count)})


@pytest.fixture
def refused(qml, tmp_path):
    """The one line of a command that is refused."""
    return partial(refusal, qml, tmp_path)


@pytest.fixture(autouse=True)
def modules(tmp_path):
    """Functions to be searched, in the folder the command runs in."""
    for name, text in MODULES.items():
        (tmp_path / f"{name}.py").write_text(text)


@pytest.mark.parametrize(
    ("space", "found"),
    [
        ("{}", "space is empty"),
        ("[]", "space is empty"),
        ("", "expected a mapping of names to levels"),
        ("hello", "expected a mapping of names to levels"),
        ("[C, reps]", "found 'C'"),
        ("{C: 3}", "C: expected a list of values"),
        ("{C: [1]}", "one configuration (C): there is nothing to search"),
        ("{C: []}", "search.space.C: C has no values"),
        ("{C: [1, 2], C: [3, 4]}", "C is there twice"),
        ("[{name: C, values: [1, 2]}, {name: C, values: [3, 4]}]", "space names C twice"),
        ("{encoding: [iqp, zz], kernel.encoding: [iqp, zz]}", "twice: as encoding and as"),
        ("{C: [1, 1.0]}", "names a value twice"),
        ("{C: [1, .nan]}", "numbers, texts, true or false as levels, found nan"),
        ("{C: [1, null]}", "found None"),
        ("{C: [1, [2]]}", "found [2]"),
        ("{C: [1, 1000000000000000000000]}", "integers have 64 bits"),
        ("{C: {low: 1, high: 3}}", "write kind: real or integer"),
        ("{C: {kind: real, low: 0, high: 3, scale: log}}", "found low=0.0; it must be > 0"),
        ("{C: {kind: real, low: 5, high: 3}}", "needs low ≤ high, found low=5.0, high=3.0"),
        ("{C: {kind: real, low: 1, high: .inf}}", "search.space.C.high: Input should be a finite"),
        ("{C: {kind: real, low: 1, high: 3, pionts: 3}}", "C.pionts is unknown; near: points"),
        ("{C: {kind: reel, low: 1, high: 3}}", "no 'reel'; near: real"),
        ("{C: {kind: real, low: 1, high: 3, points: 99999}}", "less than or equal to 10000"),
        ("{reps: {kind: integer, low: 1, high: 1000000}}", "the limit is 10000; give points"),
        ("{reps: {kind: integer, low: 1, high: 1e300, points: 5}}", "the limit is 2^53"),
        ("{reps: {kind: integer, low: 1.5, high: 3}}", "reps is integer, found low=1.5"),
        ("{'C x': [1, 2]}", "no 'C x'; expected text of the form"),
        ("{bandwith: [1, 2]}", "near names: bandwidth"),
        ("{encoding: [zzz, iqpp]}", "every configuration of the space is refused"),
        ("&a {C: [1, 2]}\n  objective: *a", "aliases (*name) are not allowed"),
        ("{C: [1, 2]}\n  trails: 3", "search.trails is unknown; near: trials"),
        ("{C: [1, 2]}\nserach: 3", "unknown parameter 'serach'; near: search"),
    ],
)
def test_a_space_that_cannot_be_searched_is_refused(refused, tmp_path, space, found):
    (tmp_path / "space.yaml").write_text(f"dataset: {{name: moons}}\nsearch:\n  space: {space}\n")
    assert found in refused("hpo", "--params", "space.yaml")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "must hold a mapping, found NoneType"),
        (b"\xff\xfe", "cannot be read"),
        (b"search: {space: {C: [1,2]}", "not valid yaml"),
        (b"#" * (2**20 + 1), "1,048,577 bytes, the limit is 1,048,576"),
        (b"dataset: {name: moons}", "no search space was given"),
    ],
    ids=["empty", "not UTF-8", "torn", "too large", "without space"],
)
def test_a_file_of_parameters_that_cannot_be_used_is_refused(refused, tmp_path, content, found):
    (tmp_path / "space.yaml").write_bytes(content)
    assert found in refused("hpo", "--params", "space.yaml")
    assert "cannot be read" in refused("hpo", "--params", "elsewhere.yaml")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", "no search space was given"),
        ("moons", "no search space was given"),
        ("comparr", "near: compare"),
        (f"moons --set {SPACE} --trials 0", "greater than or equal to 1, found 0"),
        (f"moons --set {SPACE} --batch -3", "greater than or equal to 1, found -3"),
        (f"moons --set {SPACE} --set search.initial=-1", "found -1"),
        (f"moons --set {SPACE} --set search.max_usd=-1", "found -1"),
        (f"moons --set {SPACE} --set search.objective.folds=1", "found 1"),
        (f"moons --set {SPACE} --searcher qoaa", "near: qaoa"),
        (f"moons --set {SPACE} --model qsvcc", "near: qsvc"),
        (f"moons --set {SPACE} --classical xgbost", "near: xgboost"),
        (f"moons --set {SPACE} --classical ridge", "ridge has no parameter 'C'; known: alpha"),
        (f"moons --set {SPACE} --set search.objective.metric=acuracy", "near: accuracy"),
        (f"moons --set {SPACE} --set search.objective.metric=r2", "use accuracy"),
        (f"moons --set {SPACE} --set search.objective.metric=log_loss", "needs probabilities"),
        (f"moons --set {SPACE} --classical rbf_svm --set search.objective.metric=r2", "accuracy"),
        (f"moons --set {SPACE} --model qsvr", "search.objective.model.name=qsvc"),
        (f"moons --set {SPACE} --model qsvc --classical rbf_svm", "give one of --model"),
        (f"moons --set {SPACE} --searcher exhaustive --trials 2", "all 3 configurations"),
        (f"moons --set {SPACE} --set search.surrogate.max_qubits=1", "the limit is 1"),
        (f"moons --set {SPACE} --set search.surrogate.max_qubits=0", "found 0"),
        (f"moons --set {SPACE} --set search.qaoa.starts=50", "evaluations=10 for starts=50"),
        (f"moons --set {SPACE} --set search.qaoa.recursive=2", "one-hot groups"),
        (f"moons --set {SPACE} --set search.qaoa.angles=fixed", "another coupling"),
        (f"moons --set {SPACE} --set search.qaoa.angles=given", "takes 2 gammas and betas"),
        (f"moons --set {SPACE} --set search.qaoa_backend.name=nope", "unknown backend 'nope'"),
        (f"moons --set {SPACE} --set search.promote=[{{}}]", "promote.0.backend: Field required"),
        (f"irsi --set {SPACE}", "near names: iris"),
        (f"--set {SPACE}", "a search for qsvc needs a data set"),
    ],
)
def test_a_search_that_makes_no_sense_is_refused(refused, words, found):
    assert found in refused("hpo", *_split(words))


@pytest.mark.parametrize(
    ("function", "found"),
    [
        ("own:los", "module own has no los; near names: loss"),
        ("own:NUMBER", "is a int, not a function"),
        ("own:pair", "cannot be called with one mapping"),
        ("own", "expected text of the form"),
        ("nowhere:loss", "there is no module nowhere"),
        ("broken:loss", "raised RuntimeError: no licence"),
        ("leaves:loss", "raised SystemExit"),
        ("needs:loss", "a_package_that_is_not_there"),
    ],
)
def test_a_function_that_cannot_be_called_is_refused(refused, function, found):
    assert found in refused("hpo", "--set", SPACE, "--function", function)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("moons --set {space}", "takes no data set, found moons"),
        ("--set {space} --model vqc", "give one of --model, --function"),
        ("--set {space} --set search.objective.metric=accuracy", "which returns its own value"),
        ("--set {space} --set search.objective.direction=up", "known: maximise, minimise"),
        ("--set {space} --set backend.shots=9", "runs no circuits of this project"),
        ('--set {space} --set search.promote=[{{"backend":{{"shots":9}}}}]', "found promote"),
        ("--set {huge} --searcher exhaustive", "all 10^260 configurations"),
        (
            "--set {many} --set search.surrogate.encoding=one_hot",
            "40 qubits, the limit is 20",
        ),
        ("--set {pairs} --set search.qaoa.mixer=xy_ring", "xy needs one-hot groups"),
    ],
)
def test_a_search_of_a_function_that_makes_no_sense_is_refused(refused, words, found):
    spaces = {"space": SPACE, "huge": HUGE, "many": levels(40), "pairs": levels(3)}
    asked = [word.format(**spaces) for word in words.split()]
    assert found in refused("hpo", *asked, "--function", "own:loss")


def test_a_circuit_of_the_searcher_that_does_not_fit_in_memory_is_refused_with_the_bytes(refused):
    words = ("--set", levels(40), "--set", "search.surrogate.max_qubits=40")
    line = refused("hpo", *words, "--function", "own:loss", code=3)
    assert "40 qubits need 70,368,744,177,664 bytes" in line


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("--spaces plantd", "near: planted"),
        ("--spaces ,", "spaces is empty"),
        ("--searchers qaoa", "at least 2 items"),
        ("--searchers qaoa,qaoa", "names one twice"),
        ("--searchers qaoa,foo", "no 'foo'"),
        ("--seeds 1", "greater than or equal to 2, found 1"),
        ("--trials -1", "found -1"),
        ("moons", "without a space of one's own"),
        ("--set comparison.seds=3", "near: seeds"),
        ("--set comparison.tuning_graphs=-1", "found -1"),
        ("--set comparison.confidence=1", "less than 1"),
        ("--trials 5 --set comparison.initial=5", "leave none to the searchers"),
        ("--set comparison.surrogate.max_qubits=3", "the limit is 3"),
        ("--set comparison.qaoa.recursive=2", "one-hot groups"),
        ("--set comparison.search.space={}", "space is empty"),
        (f"--set comparison.{NINE}", "all of them would be evaluated; the limit is 100,000"),
        (f"--set comparison.{SPACE}", "needs a data set"),
    ],
)
def test_a_comparison_that_makes_no_sense_is_refused(refused, words, found):
    assert found in refused("hpo", "compare", *_split(words))


def _split(words):
    """Words at blanks, but for the space inside a JSON value."""
    return words.replace(SPACE, SPACE.replace(" ", "")).replace(NINE, NINE.replace(" ", "")).split()
