"""The leads of a batch as one reader sees them, with the forms of the review where it is open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from departments.acting import as_system
from departments.models import Account
from leads.disposals.blockers import blockers_of
from leads.disposals.forms import ItemForm
from leads.disposals.models import DisposalBatch, DisposalItem
from leads.disposals.permissions import can_review
from leads.disposals.services import Review
from leads.disposals.states import BatchState, ItemOutcome
from leads.models import Lead


@dataclass(frozen=True)
class Row:
    """One lead: its item, whether its page can be opened and its words be read, what is in its way,
    and its form."""

    item: DisposalItem
    is_there: bool
    is_readable: bool
    blockers: list[str]
    form: ItemForm | None


class Sheet:
    """The rows of a batch, of which `user` sees those whose lead is not kept from them.

    Of what has been deleted everybody sees the number. `hidden` counts the others.
    """

    def __init__(self, batch: DisposalBatch, user: Account, data: Any = None) -> None:
        self.data = data
        self.is_open = batch.state == BatchState.PROPOSED and can_review.test(user, batch)
        self.items = list(batch.items.select_related("decided_by"))
        keys = [item.lead_key for item in self.items]
        shown = Lead.objects.showing("finding", user).filter(pk__in=keys)
        self._shown = set(shown.values_list("pk", flat=True))
        readable = Lead.objects.showing("allegation", user).filter(pk__in=self._shown)
        self._readable = set(readable.values_list("pk", flat=True))
        with as_system():
            there = set(Lead.objects.filter(pk__in=keys).values_list("pk", flat=True))
        self._hidden = there - self._shown

    @property
    def hidden(self) -> int:
        return len([item for item in self.items if item.lead_key in self._hidden])

    @cached_property
    def rows(self) -> list[Row]:
        seen = [item for item in self.items if item.lead_key not in self._hidden]
        waiting = [item.lead_key for item in seen if item.outcome == ItemOutcome.WAITING]
        blockers = blockers_of(waiting) if waiting else {}
        return [
            Row(
                item,
                item.lead_key in self._shown,
                item.lead_key in self._readable,
                blockers.get(item.lead_key, []) if item.lead_key in waiting else [],
                self._form(item),
            )
            for item in seen
        ]

    def _form(self, item: DisposalItem) -> ItemForm | None:
        if not self.is_open or item.outcome != ItemOutcome.WAITING:
            return None
        return ItemForm(self.data, item=item)

    @property
    def forms(self) -> Iterator[ItemForm]:
        return (row.form for row in self.rows if row.form)

    def is_valid(self) -> bool:
        """Whether all are; each is asked, so that each shows what is wrong with it."""
        answers = [form.is_valid() for form in self.forms]
        return all(answers)

    @property
    def reviews(self) -> dict[int, Review]:
        return {form.item.pk: form.review for form in self.forms}

    @property
    def disposed(self) -> int:
        return len([item for item in self.items if item.outcome == ItemOutcome.DISPOSED])

    @property
    def progress(self) -> str:
        return f"已处置 {self.disposed} 条，共 {self.chosen} 条"

    @property
    def chosen(self) -> int:
        """How many are to be deleted, or have been."""
        return len([item for item in self.items if item.decision == "dispose"])
