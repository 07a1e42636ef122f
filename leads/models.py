"""Leads, their assignments to units, what units found, and the timeline of it all."""

from __future__ import annotations

import uuid

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.functional import cached_property

from audit.append_only import AppendOnly, TimelineEvent
from departments.models import Account, Domain, Unit
from departments.roles import OFFICE_ROLES, Role
from leads import due
from leads.machine import ASSIGNMENT, LEAD, verb_label
from leads.permissions import can_read_content
from leads.querysets import AssignmentQuerySet, LeadQuerySet
from leads.search import FIELDS, Bigrams
from leads.states import (
    ENDED,
    WAITING_FOR_UNIT,
    AssignmentState,
    Disposition,
    Finding,
    LeadState,
    ReporterKind,
)

ALLEGATION_LIMIT = 10_000


class Channel(models.Model):
    """A way by which leads come in (来源渠道): the work plan's list, editable."""

    code = models.SlugField("代码", max_length=30, unique=True)
    name = models.CharField("名称", max_length=40, unique=True)
    position = models.PositiveSmallIntegerField("次序", default=0)
    is_active = models.BooleanField("启用", default=True)

    class Meta:
        verbose_name = "来源渠道"
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name


class Conduct(models.Model):
    """A kind of conduct that the public is asked to report: a dictionary, editable."""

    code = models.SlugField("代码", max_length=30, unique=True)
    name = models.CharField("名称", max_length=60, unique=True)
    position = models.PositiveSmallIntegerField("次序", default=0)
    is_active = models.BooleanField("启用", default=True)

    class Meta:
        verbose_name = "行为类型"
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name


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
    umbrella_suspected = models.BooleanField("反映涉及“保护伞”", default=False)

    state = models.CharField(
        "状态", max_length=20, choices=LeadState.choices, default=LeadState.REGISTERED
    )
    due_on = models.DateField("办理期限", null=True, blank=True)
    finding = models.CharField("核查结论", max_length=20, choices=Finding.choices, blank=True)
    disposition = models.CharField(
        "处理结果", max_length=20, choices=Disposition.choices, blank=True
    )
    closing_words = models.TextField("办结说明", blank=True, max_length=2000)
    closed_at = models.DateTimeField("办结时间", null=True, blank=True)

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
                condition=models.Q(state=LeadState.CLOSED, closed_at__isnull=False)
                & ~models.Q(finding="")
                & ~models.Q(disposition="")
                | ~models.Q(state=LeadState.CLOSED)
                & models.Q(finding="", disposition="", closed_at__isnull=True),
                violation_error_message="办结必须同时有核查结论和处理结果。",
            )
        ]
        indexes = [
            GinIndex(fields=["search"], name="lead_search"),
            models.Index(fields=["jurisdiction", "state", "-id"], name="lead_by_state"),
            models.Index(fields=["jurisdiction", "domain", "-id"], name="lead_by_domain"),
            models.Index(fields=["registered_unit", "-id"], name="lead_by_registering_unit"),
            models.Index(fields=["registered_by", "-id"], name="lead_by_registrant"),
            models.Index(fields=["jurisdiction", "registered_at"], name="lead_by_registration"),
            models.Index(
                fields=["jurisdiction", "due_on"],
                condition=~models.Q(state__in=ENDED),
                name="lead_open_by_deadline",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def audit_label(self) -> str:
        return self.number

    @cached_property
    def named_unit_ids(self) -> frozenset[int]:
        """The units that the lead names, read once: every predicate asks for them."""
        return frozenset(self.named_units.values_list("pk", flat=True))

    @property
    def is_open(self) -> bool:
        return self.state not in ENDED

    @property
    def due(self) -> due.Due | None:
        return due.standing(self.due_on, ended=not self.is_open)

    def is_shown_whole_to(self, user: Account) -> bool:
        """Whether `user` sees every unit's part: the office and leaders; a unit sees its own."""
        return self.jurisdiction_id in user.jurisdictions_as(*OFFICE_ROLES, Role.TOWN_LEADER)

    def events_for(self, user: Account) -> list[LeadEvent]:
        """The timeline as `user` may see it: a unit does not see another unit's steps, nor the
        note that names all units; who may not read the lead does not read the notes.
        """
        whole = self.is_shown_whole_to(user)
        events = self.events.all()
        if not whole:
            events = events.filter(
                models.Q(assignment=None) | models.Q(assignment__unit__in=user.unit_ids())
            )
        events = list(events)
        readable = can_read_content.test(user, self)
        for event in events:
            if not readable or (event.verb == "assign" and not whole):
                event.note = ""
        return events

    def record(self, *, actor: Account, verb: str, source: str, target: str, note: str) -> None:
        """Add the step to the timeline, in the transaction that takes it."""
        LeadEvent.write(self, actor=actor, verb=verb, source=source, target=target, note=note)


class Assignment(models.Model):
    """A lead handed to one unit: its own state, deadline and feedback."""

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="assignments", verbose_name="线索")
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="assignments", verbose_name="承办单位"
    )
    state = models.CharField(
        "状态",
        max_length=20,
        choices=AssignmentState.choices,
        default=AssignmentState.PENDING,
    )
    due_on = models.DateField("办理期限")
    instructions = models.TextField("交办要求", blank=True, max_length=2000)
    assigned_by = models.ForeignKey(
        Account, models.PROTECT, related_name="+", verbose_name="交办人"
    )
    assigned_at = models.DateTimeField("交办时间", db_default=Now())
    signed_by = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", verbose_name="签收人"
    )
    signed_at = models.DateTimeField("签收时间", null=True)
    reported_at = models.DateTimeField("反馈时间", null=True)
    version = models.PositiveIntegerField("版本", default=0)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = "交办"
        ordering = ["pk"]
        triggers = [ASSIGNMENT.trigger("assignment_states")]
        constraints = [
            models.UniqueConstraint(fields=["lead", "unit"], name="assigned_once_per_unit")
        ]
        indexes = [models.Index(fields=["unit", "state"], name="assignment_by_unit")]

    def __str__(self) -> str:
        return f"{self.lead_id} → {self.unit}"

    @property
    def due(self) -> due.Due | None:
        return due.standing(self.due_on, ended=self.state not in WAITING_FOR_UNIT)

    def record(self, *, actor: Account, verb: str, source: str, target: str, note: str) -> None:
        LeadEvent.write(
            self.lead,
            actor=actor,
            verb=verb,
            source=source,
            target=target,
            note=note,
            assignment=self,
        )


class Feedback(AppendOnly):
    """What a unit reported after verifying. A report that came back is followed by another."""

    assignment = models.ForeignKey(
        Assignment, models.CASCADE, related_name="feedback", verbose_name="交办"
    )
    first_verifier = models.CharField("核查人一", max_length=30)
    second_verifier = models.CharField("核查人二", max_length=30)
    verified_facts = models.TextField("核查情况", max_length=5000)
    basis = models.TextField("依据", max_length=2000)
    opinion = models.TextField("处理意见", max_length=2000)
    finding = models.CharField("建议结论", max_length=20, choices=Finding.choices)
    by = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="填报人")
    at = models.DateTimeField("时间", db_default=Now())

    class Meta(AppendOnly.Meta):
        verbose_name = "核查反馈"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.assignment} {self.get_finding_display()}"


class LeadEvent(TimelineEvent):
    """One step in the life of a lead."""

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="events", verbose_name="线索")
    assignment = models.ForeignKey(
        Assignment, models.CASCADE, null=True, related_name="events", verbose_name="交办"
    )

    class Meta(TimelineEvent.Meta):
        verbose_name = "线索流转记录"
        indexes = [models.Index(fields=["actor", "lead"], name="lead_event_by_actor")]

    def __str__(self) -> str:
        return f"{self.lead} {self.verb_label} {self.at:%Y-%m-%d %H:%M}"

    @classmethod
    def write(
        cls,
        lead: Lead,
        *,
        actor: Account,
        verb: str,
        source: str = "",
        target: str,
        note: str = "",
        assignment: Assignment | None = None,
    ) -> LeadEvent:
        return cls.objects.create(
            lead=lead,
            assignment=assignment,
            actor=actor,
            actor_name=actor.full_name,
            unit_name=actor.main_unit.name if actor.main_unit else "",
            verb=verb,
            from_state=source,
            to_state=target,
            note=note,
        )

    @property
    def verb_label(self) -> str:
        return verb_label(self.verb)

    @property
    def to_label(self) -> str:
        states = AssignmentState if self.assignment_id else LeadState
        return states(self.to_state).label if self.to_state in states.values else ""
