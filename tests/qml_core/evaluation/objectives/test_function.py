"""A user's function as the objective: how it is found, called, and what it may return."""

import sys

import pytest

from qml_core.errors import DataError, SpecError
from qml_core.evaluation.objectives.function import load_function


@pytest.fixture
def module(tmp_path, monkeypatch):
    """module(text): a module of the working folder, by its name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    names = []

    def write(text: str) -> str:
        name = f"objective_{tmp_path.name.replace('-', '_')}_{len(names)}"
        (tmp_path / f"{name}.py").write_text(text)
        names.append(name)
        return name

    yield write
    for name in names:
        sys.modules.pop(name, None)


def test_a_function_of_the_working_folder_gets_a_dict_of_its_own(module):
    name = module("def f(asked):\n    asked['x'] += 1\n    return asked['x']\n")
    asked = {"x": 1}
    assert load_function(f"{name}:f")(asked, 0) == 2.0
    assert asked == {"x": 1}


@pytest.mark.parametrize("signature", ["asked, seed", "asked, *, seed", "asked, seed=3"])
def test_a_function_with_a_seed_is_given_it(module, signature):
    name = module(f"def f({signature}):\n    return seed\n")
    assert load_function(f"{name}:f")({}, 11) == 11.0


@pytest.mark.parametrize("text", ["def f(asked, **more):\n    return len(more)\n"])
def test_a_seed_is_no_further_keyword(module, text):
    assert load_function(f"{module(text)}:f")({}, 11) == 0.0


@pytest.mark.parametrize("value", ["np.float32(0.5)", "np.float64(0.5)", "Fraction(1, 2)"])
def test_real_numbers_of_any_kind_are_values(module, value):
    text = "import numpy as np\nfrom fractions import Fraction\n"
    assert load_function(f"{module(f'{text}f = lambda asked: {value}')}:f")({}, 0) == 0.5


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("float('nan')", "finite"),
        ("float('inf')", "finite"),
        ("None", "real number"),
        ("True", "real number"),
        ("1j", "real number"),
        ("'0.5'", "real number"),
        ("[0.5]", "real number"),
    ],
)
def test_anything_but_a_finite_real_number_is_an_error(module, value, reason):
    function = load_function(f"{module(f'f = lambda asked: {value}')}:f")
    with pytest.raises(DataError, match=reason):
        function({}, 0)


@pytest.mark.parametrize(
    ("text", "attribute", "reason"),
    [
        ("loss = 1", "loss", "is a int, not a function"),
        ("def loss(a): pass", "los", "near names: loss"),
        ("def loss(): pass", "loss", "cannot be called with one mapping"),
        ("def loss(a, b): pass", "loss", "cannot be called with one mapping"),
        ("1 / 0", "loss", "raised ZeroDivisionError"),
        ("import no_such_module_at_all", "loss", "raised ModuleNotFoundError"),
        ("def (", "loss", "raised SyntaxError"),
    ],
)
def test_what_cannot_be_called_is_refused_when_it_is_loaded(module, text, attribute, reason):
    with pytest.raises(SpecError, match=reason):
        load_function(f"{module(text)}:{attribute}")


@pytest.mark.parametrize("name", ["no_such_module_at_all:f", "qml_core.no_such:f"])
def test_a_module_that_there_is_not_is_named(name):
    with pytest.raises(SpecError, match="there is no module"):
        load_function(name)


def test_the_source_is_that_of_the_code_which_runs(module, tmp_path):
    name = module("def f(asked):\n    return 1\n")
    before = load_function(f"{name}:f")
    (tmp_path / f"{name}.py").write_text("def f(asked):\n    return 1 + 1\n")
    assert load_function(f"{name}:f") == before
    sys.modules.pop(name)  # as in another process
    after = load_function(f"{name}:f")
    assert (before({}, 0), after({}, 0)) == (1.0, 2.0)
    assert len({before.source, after.source, ""}) == 3


def test_a_function_without_a_file_has_no_source():
    assert load_function("numpy:sum").takes_seed is False
    assert load_function("builtins:len").source == ""
    assert load_function("builtins:len")({"a": 1}, 0) == 1.0
