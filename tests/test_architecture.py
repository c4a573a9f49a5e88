"""The house rules: each is a function of one file, and is seen to find a seeded violation."""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parents[1]
FLOORS = ("deployments", "flows", "tasks", "qml_core")
FOLDERS = (*FLOORS, "bench", "tests")
MAX_LINES = 250

MAY_IMPORT = {  # of this project, by floor
    "deployments": {"deployments", "flows", "qml_core"},
    "flows": {"flows", "tasks", "qml_core.specs", "qml_core.references", "qml_core.errors"},
    "tasks": {"tasks", "qml_core"},
    "qml_core": {"qml_core"},
}
VOCABULARY = re.compile(
    r"qml_core/((ansatz_names|backend_names|encoding_names|errors|keys|near_names|settings)"
    r"|(references|specs)/\w+)\.py"
)
HEAVY = {"numpy", "pandas", "pennylane", "prefect", "scipy", "sklearn", "torch"}
SLOW_AT_THE_DOOR = {"pennylane", "prefect", "sklearn", "torch"}
MATHEMATICS = re.compile(
    r"qml_core/((circuits|simulation|kernels|models|training|optimisation)/"
    r"|evaluation/(?!datasets/|report/))"
)
WORLD = {
    *("qml_core.storage", "qml_core.budget", "qml_core.hardware", "time", "datetime", "socket"),
    *("http", "urllib", "requests", "httpx", "aiohttp", "boto3", "botocore", "s3fs", "fsspec"),
    *("sqlalchemy", "sqlite3"),
}
UNSAFE = {"pickle", "joblib", "cloudpickle", "dill", "shelve", "marshal"}
PICKLING = {"read_pickle", "to_pickle", "torch.load", "torch.save"}
VAGUE = {"utils", "util", "helpers", "helper", "manager", "managers", "misc", "common"}
GENERATORS = {"default_rng", "Generator", "RandomState", "SeedSequence", "BitGenerator", "PCG64"}


@dataclass(frozen=True)
class Source:
    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def floor(self) -> str:
        return PurePosixPath(self.path).parts[0]

    @cached_property
    def imports(self) -> list[str]:
        return [name for node in ast.walk(self.tree) for name in imported(node)]

    @cached_property
    def calls(self) -> list[ast.Call]:
        return [node for node in ast.walk(self.tree) if isinstance(node, ast.Call)]


def imported(node: ast.AST) -> list[str]:
    """Full names a node imports, also through import_module("name")."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module}.{alias.name}" for alias in node.names]
    if isinstance(node, ast.Call) and node.args:
        dynamic = dotted(node.func).split(".")[-1] in {"import_module", "__import__"}
        first = node.args[0]
        if dynamic and isinstance(first, ast.Constant) and isinstance(first.value, str):
            return [first.value]
    return []


def dotted(node: ast.AST) -> str:
    """`a.b.c` of an attribute chain; empty where it is something else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and dotted(node.value):
        return f"{dotted(node.value)}.{node.attr}"
    return ""


def within(name: str, packages: set[str]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def imports_point_down(source: Source) -> Iterator[str]:
    allowed = MAY_IMPORT.get(source.floor)
    for name in source.imports if allowed is not None else ():
        if within(name, set(FOLDERS)) and not within(name, allowed):
            yield f"{source.floor} may not import {name}"


def only_upper_floors_know_prefect(source: Source) -> Iterator[str]:
    if source.floor == "qml_core":
        yield from (n for n in source.imports if within(n, {"prefect", "prefect_dask"}))


def flows_compute_nothing(source: Source) -> Iterator[str]:
    allowed = {*FLOORS, "prefect", *sys.stdlib_module_names}
    if source.floor == "flows":
        yield from (n for n in source.imports if not within(n, allowed))


def imports_are_absolute(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom) and node.level > 0:
            yield f"line {node.lineno}: relative import"


def vocabulary_is_light(source: Source) -> Iterator[str]:
    if VOCABULARY.fullmatch(source.path):
        yield from (n for n in source.imports if within(n, HEAVY))


def the_door_is_light(source: Source) -> Iterator[str]:
    if source.path.startswith("deployments/cli"):
        top = [name for node in source.tree.body for name in imported(node)]
        yield from (n for n in top if within(n, SLOW_AT_THE_DOOR))


def mathematics_knows_no_world(source: Source) -> Iterator[str]:
    if MATHEMATICS.match(source.path):
        yield from (n for n in source.imports if within(n, WORLD))


def files_are_small(source: Source) -> Iterator[str]:
    lines = len(source.text.splitlines())
    if lines > MAX_LINES:
        yield f"{lines} lines, at most {MAX_LINES}"


def names_say_what_is_inside(source: Source) -> Iterator[str]:
    for part in PurePosixPath(source.path).with_suffix("").parts:
        if VAGUE & set(part.split("_")):
            yield f"{part} says nothing"


def nothing_executes_data(source: Source) -> Iterator[str]:
    if source.floor == "tests":
        return
    yield from (n for n in source.imports if within(n, UNSAFE))
    for call in source.calls:
        name = dotted(call.func)
        attribute = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if name in {"eval", "exec"} | PICKLING or attribute in PICKLING:
            yield f"line {call.lineno}: {name or attribute}"
        for keyword in call.keywords:
            harmless = isinstance(keyword.value, ast.Constant) and not keyword.value.value
            if keyword.arg == "allow_pickle" and not harmless:
                yield f"line {call.lineno}: allow_pickle"


def randomness_is_passed_in(source: Source) -> Iterator[str]:
    if source.floor == "tests":  # may seed it to show that it does not matter
        return
    numpys = [dotted(n) for n in ast.walk(source.tree) if isinstance(n, ast.Attribute)]
    for name in [*numpys, *source.imports]:
        found = re.fullmatch(r"(?:np|numpy)\.random\.(\w+)", name)
        if found and found[1] not in GENERATORS:
            yield f"{name} is NumPy's global generator"
    for call in source.calls:
        kind = dotted(call.func).split(".")[-1]
        if kind in {"default_rng", "RandomState"} and not call.args and not call.keywords:
            yield f"line {call.lineno}: {kind} without a seed"


def flows_package_exports_nothing(source: Source) -> Iterator[str]:
    if source.path == "flows/__init__.py":
        for node in source.tree.body:
            if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
                yield f"line {node.lineno}: only a docstring belongs here"


def suite_is_no_package(source: Source) -> Iterator[str]:
    if source.floor == "tests" and source.path.endswith("__init__.py"):
        yield "PennyLane installs a top-level package `tests`"


SEEDS = [  # rule, path, a violation, the same without it
    (imports_point_down, "qml_core/a.py", "import tasks.kernel", "import qml_core.keys"),
    (imports_point_down, "qml_core/a.py", "from flows import train", "from qml_core import keys"),
    (imports_point_down, "tasks/a.py", "import_module('flows.train')", "import_module('tasks.b')"),
    (imports_point_down, "tasks/a.py", "import tests.fixtures", "import testsuite"),
    (imports_point_down, "flows/a.py", "from qml_core import keys", "from qml_core import specs"),
    (imports_point_down, "flows/a.py", "import qml_core.specs_of", "import qml_core.specs"),
    (imports_point_down, "deployments/a.py", "import tasks", "import qml_core.storage"),
    (only_upper_floors_know_prefect, "qml_core/a.py", "import prefect.flows", "import prefectx"),
    (flows_compute_nothing, "flows/a.py", "import numpy as np", "import prefect, typing"),
    (imports_are_absolute, "tasks/a.py", "from . import b", "from tasks import b"),
    (vocabulary_is_light, "qml_core/specs/run.py", "def f():\n    import torch", "import pydantic"),
    (the_door_is_light, "deployments/cli/a.py", "import prefect", "def f():\n    import prefect"),
    (mathematics_knows_no_world, "qml_core/kernels/a.py", "import time", "import timeit"),
    (mathematics_knows_no_world, "qml_core/evaluation/a.py", "import qml_core.budget", "import os"),
    (files_are_small, "tasks/a.py", "\n" * 251, "\n" * 250),
    (names_say_what_is_inside, "tasks/kernel_utils.py", "", None),
    (names_say_what_is_inside, "qml_core/common/a.py", "", None),
    (nothing_executes_data, "tasks/a.py", "from joblib import dump", "from json import dump"),
    (nothing_executes_data, "tasks/a.py", "eval('1')", "model.eval()"),
    (nothing_executes_data, "tasks/a.py", "load(allow_pickle=x)", "load(allow_pickle=False)"),
    (nothing_executes_data, "tasks/a.py", "torch.load(f)", "json.load(f)"),
    (nothing_executes_data, "tasks/a.py", "frame().to_pickle(f)", "frame().to_parquet(f)"),
    (randomness_is_passed_in, "bench/a.py", "np.random.seed(1)", "np.random.default_rng(1)"),
    (randomness_is_passed_in, "bench/a.py", "from numpy.random import rand", "rng.random(3)"),
    (randomness_is_passed_in, "bench/a.py", "np.random.default_rng()", "np.random.RandomState(1)"),
    (flows_package_exports_nothing, "flows/__init__.py", "from flows import train", "'Flows.'"),
    (suite_is_no_package, "tests/qml_core/__init__.py", "", None),
]  # fmt: skip
RULES = list(dict.fromkeys(rule for rule, *_ in SEEDS))
Rule = Callable[[Source], Iterator[str]]


@pytest.fixture(scope="module")
def sources() -> list[Source]:
    files = [p for folder in FOLDERS for p in sorted((ROOT / folder).rglob("*.py"))]
    return [Source(p.relative_to(ROOT).as_posix(), p.read_text("utf-8")) for p in files]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_file_keeps_the_house_rule(rule: Rule, sources: list[Source]) -> None:
    assert [f"{source.path}: {broken}" for source in sources for broken in rule(source)] == []


@pytest.mark.parametrize(("rule", "path", "wrong", "right"), SEEDS)
def test_the_rule_finds_its_violation_and_nothing_else(
    rule: Rule, path: str, wrong: str, right: str | None
) -> None:
    assert list(rule(Source(path, wrong)))
    if right is not None:
        assert not list(rule(Source(path, right)))


def test_the_rules_look_at_every_floor(sources: list[Source]) -> None:
    assert {source.floor for source in sources} >= set(FLOORS)
    assert sum(bool(VOCABULARY.fullmatch(source.path)) for source in sources) > 12
    assert any(MATHEMATICS.match(source.path) for source in sources)
