"""State machines: a readable table of transitions, and the one door through which states change.

A machine is declared beside the states it moves between::

    MACHINE = Machine(
        Transition("accept", State.REGISTERED, State.ACCEPTED, "受理", can_handle), ...
    )

`Machine.step` locks the row, checks the caller and the state again inside the transaction and
writes the timeline; `Machine.take` does it to a row that is locked already. The same table,
through `Machine.trigger`, becomes a database trigger that refuses every other change of state,
also by SQL.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

import pgtrigger
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from rules import Predicate


class Conflict(Exception):
    """The row is no longer in the state that the person acted on; the message is for them."""


@dataclass(frozen=True)
class Transition:
    """One row of the table: `verb` leads from `source` to `target` for whom `who` allows it."""

    verb: str
    source: str
    target: str
    label: str
    who: Predicate
    needs_note: bool = False


class Machine:
    """A table of transitions over one state field. Verbs are unique per source state."""

    def __init__(self, *transitions: Transition, field: str = "state") -> None:
        self.field = field
        self.transitions = transitions
        self._by_key = {(item.verb, str(item.source)): item for item in transitions}
        if len(self._by_key) != len(transitions):
            raise ValueError("a verb leads to two states from the same state")

    def trigger(self, name: str) -> pgtrigger.FSM:
        """The database trigger that allows just these transitions, for the model's Meta."""
        moves = [t for t in self.transitions if t.source != t.target]
        pairs = sorted({(str(t.source), str(t.target)) for t in moves})
        return pgtrigger.FSM(name=name, field=self.field, transitions=pairs)

    def find(self, verb: str, state: str) -> Transition | None:
        return self._by_key.get((verb, str(state)))

    def label(self, verb: str) -> str:
        """The word that a user reads for `verb`, or the verb itself where the table has none."""
        return next((t.label for t in self.transitions if t.verb == verb), verb)

    def open_to(self, user: Any, obj: Any) -> list[Transition]:
        """The transitions that `user` may take on `obj` as it stands."""
        state = str(getattr(obj, self.field))
        return [t for t in self.transitions if str(t.source) == state and t.who.test(user, obj)]

    def who(self, *verbs: str) -> Predicate:
        """The predicate of those who may ever take one of `verbs`, whatever the state is."""
        rows = [transition.who for transition in self.transitions if transition.verb in verbs]
        return reduce(or_, rows)

    def allows(self, user: Any, obj: Any, verb: str) -> bool:
        found = self.find(verb, getattr(obj, self.field))
        return found is not None and found.who.test(user, obj)

    def knows(self, verb: str, obj: Any) -> bool:
        """Whether `verb` leads anywhere from where `obj` stands, whoever takes it."""
        return self.find(verb, getattr(obj, self.field)) is not None

    def passed(self, verb: str, obj: Any) -> str:
        """What is told to who asks for a step that `obj` has passed."""
        return _passed(obj, self.field, self.label(verb))

    def lock(self, obj: models.Model) -> models.Model:
        """The row behind `obj`, read afresh and locked until the transaction ends."""
        if not transaction.get_connection().in_atomic_block:
            raise RuntimeError("a state changes inside a transaction")
        return type(obj)._base_manager.select_for_update(of=("self",)).get(pk=obj.pk)

    def check(self, obj: models.Model, verb: str, *, actor: Any, note: str = "") -> Transition:
        """The transition, if `actor` may take it on the locked `obj` now.

        Raises Conflict when the state does not know the verb, PermissionDenied when the actor
        may not, ValidationError when a mandatory note is missing.
        """
        state = getattr(obj, self.field)
        found = self.find(verb, state)
        if found is None:
            raise Conflict(_passed(obj, self.field, self.label(verb)))
        if not found.who.test(actor, obj):
            raise PermissionDenied
        if found.needs_note and not note.strip():
            raise ValidationError({"note": f"{found.label}必须填写说明。"})
        return found

    def step(
        self,
        obj: models.Model,
        verb: str,
        *,
        actor: Any,
        note: str = "",
        expected_version: int | None = None,
        **changes: Any,
    ) -> models.Model:
        """Move `obj` by `verb`, write its timeline row, and return it as it now stands.

        The caller holds the transaction. `changes` are saved with the state. A row with a
        `version` is checked against `expected_version`, where given, and counted up.
        """
        row = self.lock(obj)
        return self.take(
            row, verb, actor=actor, note=note, expected_version=expected_version, **changes
        )

    def take(
        self,
        row: models.Model,
        verb: str,
        *,
        actor: Any,
        note: str = "",
        expected_version: int | None = None,
        **changes: Any,
    ) -> models.Model:
        """As `step`, of a `row` that the caller has locked in this transaction."""
        # The state first: that it has been signed tells more than that it has been changed.
        found = self.check(row, verb, actor=actor, note=note)
        _require_version(row, expected_version)
        self._move(row, found.target, changes)
        row.record(actor=actor, verb=verb, source=found.source, target=found.target, note=note)
        return row

    def follow(self, obj: models.Model, target: str, **changes: Any) -> models.Model:
        """Move `obj` as the consequence of a step that was allowed and that the timeline shows.

        The table must know the way; ValueError where it does not.
        """
        row = self.lock(obj)
        state = getattr(row, self.field)
        if not any(t.source == state and t.target == target for t in self.transitions):
            raise ValueError(f"no transition leads from {state} to {target}")
        self._move(row, target, changes)
        return row

    def remark(
        self,
        obj: models.Model,
        verb: str,
        *,
        actor: Any,
        who: Predicate,
        during: Collection[str],
        label: str,
        note: str = "",
        expected_version: int | None = None,
        **changes: Any,
    ) -> models.Model:
        """Put an act on record that moves nothing, as `step` does one that does.

        Open to `who` while the state is one of `during`; Conflict, naming the act by `label`,
        otherwise.
        """
        row = self.lock(obj)
        state = getattr(row, self.field)
        if state not in during:
            raise Conflict(_passed(row, self.field, label))
        if not who.test(actor, row):
            raise PermissionDenied
        _require_version(row, expected_version)
        self._move(row, state, changes)
        row.record(actor=actor, verb=verb, source=state, target=state, note=note)
        return row

    def _move(self, row: models.Model, target: str, changes: dict[str, Any]) -> None:
        setattr(row, self.field, target)
        for name, value in changes.items():
            setattr(row, name, value)
        names = [self.field, *changes]
        if hasattr(row, "version"):
            row.version += 1
            names.append("version")
        row.full_clean(validate_unique=False, exclude=_unchanged(row, names))
        row.save(update_fields=names)


def _unchanged(row: models.Model, names: list[str]) -> set[str]:
    return {field.name for field in row._meta.fields} - set(names)


def _passed(row: models.Model, field: str, act: str) -> str:
    """What is told to who comes too late."""
    state = getattr(row, field)
    label = dict(row._meta.get_field(field).flatchoices).get(state, state)
    return f"当前状态已是“{label}”，不能再{act}。可能已有其他人处理，请查看最新情况。"


def _require_version(row: models.Model, expected: int | None) -> None:
    if expected is not None and row.version != expected:
        raise Conflict("这条记录刚刚在别处被修改过，请查看最新情况后再操作。")
