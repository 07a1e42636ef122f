"""Make a database of the wanted size, measure every area, print and keep the rows."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from django.core.management import call_command
from django.db import connection
from django.test.utils import setup_test_environment

from bench import home, leads, weekly
from bench.figures import Figure

AREAS = {"home": home.measure, "leads": leads.measure, "weekly": weekly.measure}
HEAD = f"{'figure':<28}{'value':>12}{'floor':>12} {'unit':<5}{'ratio':>8}{'target':>8}  holds"


def run(*, leads: int, weeks: int, rounds: int, areas: list[str]) -> int:
    unknown = set(areas) - set(AREAS)
    if unknown:
        sys.stderr.write(f"没有这些方面：{'、'.join(sorted(unknown))}\n")
        return 2
    setup_test_environment()
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        os.environ["DEMO_PASSWORD"] = "bench bench bench"  # noqa: S105  a database that is deleted
        call_command("load_township", verbosity=0)
        call_command("seed_demo", leads=leads, weeks=weeks, seed=1, verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        sys.stdout.write(f"{leads} leads, {weeks} weeks, median of {rounds}\n{HEAD}\n")
        figures = []
        for area in areas or AREAS:
            for figure in AREAS[area](rounds):
                figures.append(figure)
                _print(figure)
        _keep(figures)
    finally:
        connection.creation.destroy_test_db("portal", verbosity=0)
    return 0 if all(figure.holds for figure in figures) else 1


def _print(figure: Figure) -> None:
    sys.stdout.write(
        f"{figure.name:<28}{figure.value:>12.2f}{figure.floor:>12.2f} {figure.unit:<5}"
        f"{figure.ratio:>8.2f}{figure.target:>8.1f}  {'yes' if figure.holds else 'NO'}\n"
    )
    sys.stdout.flush()


def _keep(figures: list[Figure]) -> None:
    """Next to the try-out's data, not in the measured database's folder, which is deleted."""
    folder = Path(os.environ.get("PORTAL_VAR") or Path(__file__).resolve().parent.parent / "var")
    folder.mkdir(parents=True, exist_ok=True)
    rows = [figure.as_row() for figure in figures]
    (folder / "bench.json").write_text(json.dumps(rows, ensure_ascii=False, indent=2) + "\n")
