"""A lead, and the series that its number comes from."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.functional import cached_property

from departments.models import Account, Domain, Unit
from leads import due, fields, standing
from leads.conflicts.querysets import Barred, barred
from leads.lists.orders import DEADLINE
from leads.machine import LEAD, OFFICE_VERBS
from leads.models.dictionaries import Channel, Conduct, MajorCriterion
from leads.querysets import AssignmentQuerySet, LeadQuerySet
from leads.search import FIELDS, Bigrams
from leads.states import (
    ENDED,
    LEAD_TONES,
    UNDER_WAY,
    UNPROVEN,
    AssignmentState,
    Disposition,
    Finding,
    LeadState,
    ReporterKind,
    Secrecy,
)

if TYPE_CHECKING:
    from leads.conflicts.models import ConflictOfInterest
    from leads.models.timeline import LeadEvent

ALLEGATION_LIMIT = 10_000
#: What whoever logs a lead says of it, in the order of the form, besides whom it names.
TOLD = (
    "channel",
    "external_number",
    "reporter_kind",
    "received_on",
    "title",
    "allegation",
    "place",
    "place_detail",
    "domain",
    "conduct",
    "is_major",
    "umbrella_suspected",
)
#: Steps whose words are the office's own: they name other units, other leads, or a reporter's mood.
OFFICE_NOTES = {
    "import",
    "assess",
    "assign",
    "add_units",
    "merge",
    "follow_up",
    "receipt",
    "reject_closing",
    "take_in",
    "let_go",
    "split",
    "split_from",
    "keep_open",
    "hold",
    "lift_hold",
}
#: Steps whose words name another lead, and how a number looks in them.
OF_OTHERS = {"merge", "take_in", "let_go", "split", "split_from"}
NUMBER = re.compile(r"[0-9A-Z_-]+-\d{4}-\d{5,}")


class NumberSeries(models.Model):
    """The last number given out in a town and year; locked while the next one is taken."""

    jurisdiction = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="乡镇")
    year = models.PositiveSmallIntegerField("年份")
    last = models.PositiveIntegerField("末号", default=0)

    class Meta:
        verbose_name = "线索编号"
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction", "year"], name="number_series_once")
        ]

    def __str__(self) -> str:
        return f"{self.year}-{self.last}"


class Lead(models.Model):
    """An allegation of conduct. What was verified, and the finding, are kept apart from it."""

    number = models.CharField("线索编号", max_length=40, unique=True)
    submission = models.UUIDField("提交标识", unique=True, default=uuid.uuid4, editable=False)
    jurisdiction = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="乡镇")
    channel = models.ForeignKey(
        Channel, models.PROTECT, related_name="leads", verbose_name="来源渠道"
    )
    external_number = models.CharField("来源编号", max_length=40, blank=True)
    reporter_kind = models.CharField(
        "举报方式",
        max_length=10,
        choices=ReporterKind.choices,
        default=ReporterKind.ANONYMOUS,
    )
    received_on = models.DateField("收到日期", default=due.today)
    title = models.CharField("线索名称", max_length=100)
    allegation = models.TextField(
        "反映内容", max_length=ALLEGATION_LIMIT, validators=[MaxLengthValidator(ALLEGATION_LIMIT)]
    )
    place = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="leads_placed_here",
        verbose_name="涉及村居",
    )
    place_detail = models.CharField("具体地点", max_length=100, blank=True)
    domain = models.ForeignKey(
        Domain, models.PROTECT, null=True, blank=True, related_name="leads", verbose_name="行业领域"
    )
    conduct = models.ForeignKey(
        Conduct,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="leads",
        verbose_name="行为类型",
    )
    named_units = models.ManyToManyField(
        Unit, blank=True, related_name="leads_naming_it", verbose_name="被反映单位"
    )
    is_major = models.BooleanField("重大线索", default=False)
    criteria = models.ManyToManyField(
        MajorCriterion, blank=True, related_name="leads", verbose_name="重大线索标准"
    )
    umbrella_suspected = models.BooleanField("反映涉及“保护伞”", default=False)
    secrecy = models.CharField(
        "知悉范围", max_length=10, choices=Secrecy.choices, default=Secrecy.NORMAL
    )

    state = models.CharField(
        "状态", max_length=20, choices=LeadState.choices, default=LeadState.REGISTERED
    )
    round = models.PositiveSmallIntegerField("轮次", default=1)
    due_on = models.DateField("办理期限", null=True, blank=True)
    near_days = models.PositiveSmallIntegerField("临期提前天数", default=due.NEAR_DAYS)
    finding = models.CharField("核查结论", max_length=20, choices=Finding.choices, blank=True)
    disposition = models.CharField(
        "处理结果", max_length=20, choices=Disposition.choices, blank=True
    )
    closing_words = models.TextField("办结说明", blank=True, max_length=2000)
    closed_at = models.DateTimeField("办结时间", null=True, blank=True)

    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged", verbose_name="并入"
    )
    split_from = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="split_off",
        verbose_name="拆分自",
    )
    archive_ref = models.CharField("档案号", max_length=40, blank=True)
    restricted_at = models.DateTimeField("受限时间", null=True, blank=True)
    kept_open_until = models.DateField("暂缓受限至", null=True, blank=True)

    registered_by = models.ForeignKey(
        Account, models.PROTECT, related_name="+", verbose_name="登记人"
    )
    registered_unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="+", verbose_name="登记单位"
    )
    registered_at = models.DateTimeField("登记时间", db_default=Now())
    version = models.PositiveIntegerField("版本", default=0)
    search = models.GeneratedField(
        expression=Bigrams(*FIELDS), output_field=SearchVectorField(), db_persist=True
    )

    objects = LeadQuerySet.as_manager()

    class Meta:
        verbose_name = "线索"
        ordering = ["-pk"]
        triggers = [LEAD.trigger("lead_states")]
        constraints = [
            models.CheckConstraint(
                name="lead_finding_when_closed",
                condition=models.Q(
                    state__in=[LeadState.CLOSED, LeadState.ARCHIVED], closed_at__isnull=False
                )
                & ~models.Q(finding="")
                & ~models.Q(disposition="")
                | ~models.Q(state=LeadState.CLOSED)
                & models.Q(finding="", disposition="", closed_at__isnull=True),
                violation_error_message="办结必须同时有核查结论和处理结果。",
            ),
            models.CheckConstraint(
                name="lead_merged_into_another",
                condition=models.Q(state=LeadState.MERGED, merged_into__isnull=False)
                & ~models.Q(merged_into=models.F("pk"))
                | ~models.Q(state=LeadState.MERGED) & models.Q(merged_into=None),
                violation_error_message="并案必须指明并入哪一条线索。",
            ),
            models.CheckConstraint(
                name="lead_restricted_when_ended",
                condition=models.Q(restricted_at=None)
                | models.Q(state__in=[LeadState.CLOSED, LeadState.ARCHIVED]),
            ),
        ]
        indexes = [
            GinIndex(fields=["search"], name="lead_search"),
            models.Index(fields=["jurisdiction", "state", "-id"], name="lead_by_state"),
            models.Index(fields=["jurisdiction", "domain", "-id"], name="lead_by_domain"),
            models.Index(fields=["registered_unit", "-id"], name="lead_by_registering_unit"),
            models.Index(fields=["registered_by", "-id"], name="lead_by_registrant"),
            models.Index(fields=["jurisdiction", "registered_at"], name="lead_by_registration"),
            models.Index(fields=["place", "received_on"], name="lead_by_place_and_day"),
            models.Index(
                fields=["external_number"],
                condition=~models.Q(external_number=""),
                name="lead_by_external_number",
            ),
            models.Index(
                fields=["jurisdiction", "due_on"],
                condition=~models.Q(state__in=ENDED),
                name="lead_open_by_deadline",
            ),
            models.Index(
                fields=["jurisdiction", "finding", "closed_at"],
                condition=models.Q(closed_at__isnull=False, restricted_at=None),
                name="lead_fading_by_closing",
            ),
            # The orders of the lists (`leads.lists.orders`).
            models.Index("jurisdiction", DEADLINE, "id", name="lead_sorted_by_deadline"),
            models.Index(fields=["jurisdiction", "received_on", "id"], name="lead_by_receipt"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def audit_label(self) -> str:
        return self.number

    @cached_property
    def conflict_rows(self) -> list[ConflictOfInterest]:
        """Who keeps away and who no longer has to, read once: one query where nobody does."""
        return list(self.conflicts.with_people())

    @cached_property
    def barred(self) -> Barred:
        """From whom the lead is kept, read once: every standing asks."""
        return barred(self)

    @cached_property
    def was_assigned(self) -> bool:
        """A unit has had it, in whichever round: what it was given is not rewritten after."""
        return self.assignments.exists()

    @property
    def is_restricted(self) -> bool:
        """Found untrue long enough ago (`leads.fading`): its words have faded from view."""
        return self.restricted_at is not None

    @property
    def is_open(self) -> bool:
        return self.state not in ENDED

    @property
    def tone(self) -> str:
        return LEAD_TONES.get(self.state, UNDER_WAY)

    @property
    def due(self) -> due.Due | None:
        return due.standing(self.due_on, ended=not self.is_open, near_days=self.near_days)

    @property
    def fades(self) -> bool:
        """Whether its finding is one after which a lead may be restricted."""
        return self.closed_at is not None and self.finding in UNPROVEN

    def assignments_of_round(self) -> AssignmentQuerySet:
        """What the lead's present round has in units' hands, or had to a result."""
        return self.assignments.in_force().filter(round=self.round)

    def settled_state(self) -> str:
        """The state that follows from the assignments, once the lead is with units."""
        states = set(self.assignments_of_round().values_list("state", flat=True))
        if not states:
            return LeadState.ASSESSED
        if states <= {AssignmentState.REPORTED, AssignmentState.ACCEPTED}:
            return LeadState.REPORTED_BACK
        if self.state == LeadState.ASSIGNED and states == {AssignmentState.PENDING}:
            return LeadState.ASSIGNED
        return LeadState.VERIFYING

    def standings(self, user: Account) -> frozenset[fields.Standing]:
        """How `user` stands to this lead, asked once."""
        known = vars(self).setdefault("_standings", {})
        if user.pk not in known:
            known[user.pk] = standing.of(user, self)
        return known[user.pk]

    def seen_by(self, user: Account) -> fields.Seen:
        """The fields of `leads.fields` that `user` sees of this lead."""
        return fields.seen_by(self.standings(user))

    def seen_among(self, user: Account) -> fields.Seen:
        """As `seen_by`, for a row of a list of what is visible to `user`, read `with_standing`.

        Lists and files tell of a restricted lead its figures alone, whoever reads them.
        """
        return fields.seen_by(standing.among(user, self), faded=self.is_restricted)

    def events_for(self, user: Account) -> list[LeadEvent]:
        """The timeline as `user` may see it: a unit does not see another unit's steps, nor the
        note that names all units; who may not read the lead does not read the notes; nobody reads
        the number of another lead that is kept from them.
        """
        seen = self.seen_by(user)
        if "timeline" not in seen:
            return []
        of_office = models.Q(verb__in=OFFICE_VERBS, assignment=None)
        events = self.events.all() if "office_steps" in seen else self.events.exclude(of_office)
        if seen["timeline"] is fields.Sees.OWN:
            mine = models.Q(assignment__unit__in=user.unit_ids())
            events = events.filter(models.Q(assignment=None) | mine)
        events = list(events)
        for event in events:
            kind = "office_notes" if event.verb in OFFICE_NOTES else "notes"
            if kind not in seen:
                event.note = ""
        self._hide_others([event for event in events if event.verb in OF_OTHERS], user)
        return events

    def _hide_others(self, events: list[LeadEvent], user: Account) -> None:
        """Take the numbers of leads that are kept from `user` out of the notes."""
        told = {number for event in events for number in NUMBER.findall(event.note)}
        if not told:
            return
        named = Lead.objects.visible_to(user).filter(number__in=told)
        seen = set(named.values_list("number", flat=True))
        for event in events:
            event.note = NUMBER.sub(
                lambda found: found[0] if found[0] in seen else "另一条线索", event.note
            )

    def record(self, *, actor: Account, verb: str, source: str, target: str, note: str) -> None:
        """Add the step to the timeline, in the transaction that takes it."""
        from leads.models.timeline import LeadEvent

        LeadEvent.write(self, actor=actor, verb=verb, source=source, target=target, note=note)
