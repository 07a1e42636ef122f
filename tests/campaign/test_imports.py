"""The apps import one way, and only one folder touches the spreadsheet library."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: Each may import those before it. `campaign` is the wiring: it imports all, and nobody imports it.
ORDER = (
    "pages",
    "audit",
    "departments",
    "files",
    "jobs",
    "messaging",
    "access",
    "oversight",
    "leads",
    "supervision",
    "reporting",
    "demo",
    "bench",
    "campaign",
)
#: Libraries that only one folder or module may know; `bench` measures the first beside itself.
ONLY_IN = {"openpyxl": "jobs/workbook/", "docx": "jobs/official_document.py"}
MEASURES = "bench/"


def imported(source: str, path: str) -> Iterator[tuple[int, str]]:
    """Line and full module name of every import in `source`, wherever in the file it stands."""
    package = path.removesuffix(".py").removesuffix("/__init__").split("/")
    if not path.endswith("/__init__.py"):
        package = package[:-1]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            yield node.lineno, base
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and _is_import_call(node):
            yield node.lineno, node.args[0].value


def _is_import_call(node: ast.Call) -> bool:
    """`import_module("leads.models")`, `import_string(…)`, `__import__(…)`, by a literal name."""
    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
    return (
        name in ("import_module", "import_string", "__import__")
        and bool(node.args)
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    )


def wrong_imports(source: str, path: str) -> list[str]:
    """The imports of the file at `path` that run against the order, in words."""
    app = path.split("/")[0]
    wrong = set()
    for line, name in imported(source, path):
        other = name.split(".")[0]
        if other in ORDER and other != app and ORDER.index(other) > ORDER.index(app):
            wrong.add(f"{path}:{line}: {app} imports {other}")
        if not path.startswith((ONLY_IN.get(other, path), MEASURES)):
            wrong.add(f"{path}:{line}: {other} is imported outside {ONLY_IN[other]}")
    return sorted(wrong)


def packages() -> set[str]:
    return {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}


def modules() -> list[Path]:
    return [path for name in sorted(packages()) for path in sorted((ROOT / name).rglob("*.py"))]


def test_every_package_has_its_place_in_the_order():
    assert packages() - set(ORDER) == set()


def test_imports_run_one_way():
    wrong = [
        line
        for path in modules()
        for line in wrong_imports(path.read_text(), path.relative_to(ROOT).as_posix())
    ]
    assert wrong == []
    assert len(modules()) > 100  # the check has looked at the project, not at nothing


@pytest.mark.parametrize(
    ("path", "source", "wrong"),
    [
        ("audit/models.py", "from leads.models import Lead", ["audit imports leads"]),
        ("audit/models.py", "import departments.models", ["audit imports departments"]),
        (
            "leads/views/lists.py",
            "def f():\n    from reporting import periods",
            ["leads imports reporting"],
        ),
        ("reporting/a/b.py", "from campaign.settings import base", ["reporting imports campaign"]),
        ("demo/seed.py", "import campaign", ["demo imports campaign"]),
        ("pages/keyset.py", "import audit", ["pages imports audit"]),
        ("jobs/tasks.py", "if TYPE_CHECKING:\n    import leads", ["jobs imports leads"]),
        ("jobs/tasks.py", "import_module('leads.models')", ["jobs imports leads"]),
        ("leads/a/b.py", "from ...reporting import models", ["leads imports reporting"]),
        (
            "leads/views/lists.py",
            "import openpyxl",
            ["openpyxl is imported outside jobs/workbook/"],
        ),
        (
            "jobs/exports.py",
            "from openpyxl.styles import Font",
            ["openpyxl is imported outside jobs/workbook/"],
        ),
        ("jobs/workbook/layout.py", "import openpyxl", []),
        (
            "leads/documents/views.py",
            "from docx.shared import Pt",
            ["docx is imported outside jobs/official_document.py"],
        ),
        ("reporting/models.py", "from leads.models import Lead\nimport audit", []),
        ("campaign/urls.py", "from reporting.statistics.views import home", []),
        ("leads/views/lists.py", "from leads import services\nfrom .models import Lead", []),
        ("leads/views/lists.py", "import leadscope\nx = 'import reporting'", []),
    ],
)
def test_the_check_itself_sees_a_wrong_import(path, source, wrong):
    assert [line.split(": ", 1)[1] for line in wrong_imports(source, path)] == wrong
