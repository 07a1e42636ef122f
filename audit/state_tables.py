"""The transition tables of machines as a document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import TextChoices
from rules import Predicate

from audit.machine import Machine, Transition

HEAD = "| from | verb | to | who | needs a reason |\n|---|---|---|---|---|\n"


@dataclass(frozen=True)
class StateTable:
    """One machine under a title: the labels of its states, and in words who its predicates are."""

    title: str
    machine: Machine
    states: type[TextChoices]
    who: Mapping[Predicate, str]

    def as_text(self) -> str:
        """The table in the order of the code; KeyError for a predicate that has no words."""
        rows = "".join(self._row(transition) for transition in self.machine.transitions)
        return f"\n## {self.title}\n\n{HEAD}{rows}\n{self._ends()}\n"

    def _row(self, step: Transition) -> str:
        source, target = (self._name(one) for one in (step.source, step.target))
        verb, needs = f"{step.label} `{step.verb}`", "yes" if step.needs_note else ""
        return f"| {source} | {verb} | {target} | {self.who[step.who]} | {needs} |\n"

    def _name(self, state: str) -> str:
        return f"{self.states(state).label} `{state}`"

    def _ends(self) -> str:
        left = {str(transition.source) for transition in self.machine.transitions}
        ends = [self._name(state) for state in self.states.values if state not in left]
        return f"Ends: {', '.join(ends)}." if ends else "Every state can be left."


def document(tables: Iterable[StateTable]) -> str:
    """Every table, one below the other."""
    head = (
        "# States\n\nMade from the machines in the code by `manage.py write_state_tables`; do not "
        "edit. A trigger\nin the database refuses every other change of state.\n"
    )
    return head + "".join(table.as_text() for table in tables)
