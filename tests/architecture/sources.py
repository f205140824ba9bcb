"""The source files as text and as syntax trees."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
PACKAGE = REPOSITORY / "src" / "polyreact"


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of the package: its path below src/polyreact, and its tree."""
    return {
        path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(PACKAGE.rglob("*.py"))
        if "template" not in path.relative_to(PACKAGE).parts  # what a submitter starts from is no part of us
    }


def dotted(node: ast.AST) -> str:
    """`os.environ` for the expression of that name; the empty string for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = dotted(node.value)
        return f"{inner}.{node.attr}" if inner else ""
    return ""


def names_used(tree: ast.Module) -> Iterator[str]:
    """Every dotted name that a module mentions or imports; `os.environ` for `from os import environ`, too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Attribute | ast.Name):
            yield dotted(node)
