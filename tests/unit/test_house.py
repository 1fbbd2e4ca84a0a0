"""The house's own rules that no other tool checks."""

import ast
import re
from pathlib import Path

import pytest

from api import cli, promises
from services.errors import Refusal
from services.runtime.settings import Settings
from tests.conftest import ROOT

PACKAGES = (
    "api",
    "services",
    "models",
    "miniprogram_contract",
    "wechat_simulator",
    "tests",
    "bench",
)
MODULES = sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
FORBIDDEN_NAMES = {"utils", "util", "helpers", "common", "misc", "manager", "core"}
LONGEST_MODULE = 400
DEEPEST_NESTING = 3
BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match)

every_module = pytest.mark.parametrize("module", MODULES, ids=lambda file: str(file.name))


@every_module
def test_a_module_can_be_read_in_one_sitting(module: Path) -> None:
    assert len(module.read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE


@every_module
def test_a_module_is_named_for_what_it_is(module: Path) -> None:
    allowed_base = module == ROOT / "models" / "base.py"
    assert module.stem not in FORBIDDEN_NAMES | (set() if allowed_base else {"base"})


@every_module
def test_code_is_nested_at_most_three_deep(module: Path) -> None:
    tree = ast.parse(module.read_text(encoding="utf-8"))

    assert _depth(tree) <= DEEPEST_NESTING


def test_features_never_commit() -> None:
    """One request is one transaction, and its owner is the one who opened it."""
    for module in (ROOT / "services").glob("*.py"):
        assert ".commit(" not in module.read_text(encoding="utf-8"), module


def test_every_setting_is_documented() -> None:
    documented = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")

    assert [name for name in Settings.model_fields if f"ASI_{name.upper()}" not in documented] == []


@pytest.mark.parametrize("folder", ["decisions", "notes"])
def test_every_page_of_a_folder_is_listed(folder: str) -> None:
    pages = ROOT / "docs" / folder
    listed = (pages / "README.md").read_text(encoding="utf-8")

    assert [page.name for page in pages.glob("*.md") if f"({page.name})" not in listed] == [
        "README.md"
    ]


def test_every_refusal_is_raised_in_a_test() -> None:
    tests = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "tests").rglob("*.py"))

    assert [kind.__name__ for kind in _kinds() if not re.search(rf"\b{kind.code}\b", tests)] == []


def test_every_refusal_that_travels_is_in_the_contract() -> None:
    listed = (ROOT / "miniprogram_contract" / "errors.md").read_text(encoding="utf-8")

    assert [kind.code for kind in promises.refusal_kinds() if f"`{kind.code}`" not in listed] == []


def test_a_code_belongs_to_one_refusal() -> None:
    shared = {"not_found"}
    codes = [kind.code for kind in _kinds() if kind.code not in shared]

    assert len(codes) == len(set(codes))


def _kinds() -> list[type[Refusal]]:
    def below(kind: type[Refusal]) -> list[type[Refusal]]:
        children = kind.__subclasses__()
        return children + [kind for child in children for kind in below(child)]

    promises.refusal_kinds()  # imports all services
    assert cli.commands() is not None  # imports all commands
    return [kind for kind in below(Refusal) if kind.code]


def _depth(node: ast.AST, depth: int = 0) -> int:
    deepest = depth
    for name, value in ast.iter_fields(node):
        children = value if isinstance(value, list) else [value]
        for child in children:
            if isinstance(child, ast.AST):
                # An elif is an If in the orelse of an If, and no deeper to a reader.
                elif_ = name == "orelse" and isinstance(node, ast.If) and isinstance(child, ast.If)
                inner = isinstance(child, BLOCKS) and not elif_
                start = 0 if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else depth
                deepest = max(deepest, _depth(child, start + inner))
    return deepest
