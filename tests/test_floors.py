"""Do imports go down the floors only, and do the floors above torch stay free of it?"""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "emobench"
FLOORS = (
    ("cli",),
    ("api", "authoring", "testing"),
    ("pages",),
    ("leaderboard",),
    ("runs",),
    ("corpora",),
    ("views",),
    ("tasks",),
    ("learning",),
    ("features",),
    ("backbones", "datasets", "peft"),
    ("audio",),
    ("catalog",),
    ("files",),
    ("metrics",),
    ("domain",),
)
LEVEL = {name: level for level, names in enumerate(FLOORS) for name in names}
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE)
FORBIDDEN_NAMES = {"utils", "helpers", "common", "misc"}


def floor(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0]


def imported(path: Path) -> list[str]:
    """Every module that a file imports, at whatever depth."""
    names = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            module = node.module or ""
            inner = [f"{module}.{alias.name}" for alias in node.names]
            is_package = (PACKAGE.parent / module.replace(".", "/") / "__init__.py").exists()
            names += inner if is_package else [module]
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down_only(path):
    """A module imports from its own floor or from floors below, and never the package's author-facing face."""
    for name in imported(path):
        if name.split(".")[0] != "emobench":
            continue
        assert name != "emobench", "nothing inside the package imports emobench itself"
        target = name.split(".")[1]
        same = target == floor(path)
        assert same or LEVEL[target] > LEVEL[floor(path)], f"{floor(path)} must not import {name}"


@pytest.mark.parametrize("path", [p for p in MODULES if floor(p) in ("domain", "catalog")], ids=lambda p: p.stem)
def test_domain_and_catalog_never_import_torch(path):
    """The domain and the catalog know torch for type checking only."""
    tree = ast.parse(path.read_text("utf-8"))
    guarded = {
        id(node)
        for block in tree.body
        if isinstance(block, ast.If) and getattr(block.test, "id", "") == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom) and id(node) not in guarded:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            assert not any(name.split(".")[0] in ("torch", "numpy") for name in names)


def test_every_folder_is_a_floor():
    """No package stands outside the floors of docs/design.md."""
    assert {path.parent.name for path in PACKAGE.glob("*/__init__.py")} <= set(LEVEL)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_answer_one_question(path):
    """A file begins with its question, stays under 250 lines, and is not called after nothing in particular."""
    text = path.read_text("utf-8")
    assert ast.get_docstring(ast.parse(text)), "the first line says which question the file answers"
    assert len(text.splitlines()) <= 250
    assert path.stem not in FORBIDDEN_NAMES
