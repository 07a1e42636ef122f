"""Measure every area on a database of the wanted size, print and keep the rows."""

from __future__ import annotations

import json
import os
import sys
from functools import partial
from pathlib import Path

from bench import (
    audit,
    boards,
    duplicates,
    fanout,
    home,
    imports,
    leads,
    ledger,
    lists,
    rush,
    search,
    weekly,
)
from bench.figures import Figure

AREAS = {
    "home": home.measure,
    "leads": leads.measure,
    "lists": lists.measure,
    "search": search.measure,
    "duplicates": duplicates.measure,
    "imports": imports.measure,
    "audit": audit.measure,
    "weekly": weekly.measure,
    "boards": boards.measure,
    "rush": rush.measure,
    "fanout": fanout.measure,
}
HEAD = f"{'figure':<28}{'value':>12}{'floor':>12} {'unit':<8}{'ratio':>8}{'target':>8}{'limit':>8}"


def run(*, leads: int, weeks: int, units: int, rounds: int, areas: list[str], keep: bool) -> int:
    unknown = set(areas) - set(AREAS)
    if unknown:
        sys.stderr.write(f"没有这些方面：{'、'.join(sorted(unknown))}\n")
        return 2
    ledger.prepare(leads=leads, weeks=weeks, keep=keep, say=_say)
    try:
        sys.stdout.write(
            f"{leads} leads, {weeks} weeks, {units} units, {rounds} rounds\n{HEAD}  holds\n"
        )
        measured = AREAS | {"rush": partial(rush.measure, units=units)}
        figures = []
        for area in areas or AREAS:
            for figure in measured[area](rounds):
                figures.append(figure)
                _print(figure)
        _keep(figures)
    finally:
        ledger.leave(keep=keep)
    return 0 if all(figure.holds for figure in figures) else 1


def _say(words: str) -> None:
    sys.stderr.write(f"  {words}\n")
    sys.stderr.flush()


def _print(figure: Figure) -> None:
    target = "" if figure.target is None else f"{figure.target:.2f}"
    limit = "" if figure.limit is None else f"{figure.limit:.0f}"
    sys.stdout.write(
        f"{figure.name:<28}{figure.value:>12.2f}{figure.floor:>12.2f} {figure.unit:<8}"
        f"{figure.ratio:>8.3g}{target:>8}{limit:>8}  {'yes' if figure.holds else 'NO'}\n"
    )
    sys.stdout.flush()


def _keep(figures: list[Figure]) -> None:
    """Next to the try-out's data, not in the measured database's folder, which may be deleted."""
    folder = Path(os.environ.get("PORTAL_VAR") or Path(__file__).resolve().parent.parent / "var")
    folder.mkdir(parents=True, exist_ok=True)
    rows = [figure.as_row() for figure in figures]
    (folder / "bench.json").write_text(json.dumps(rows, ensure_ascii=False, indent=2) + "\n")
