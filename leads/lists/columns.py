"""The columns of a list of leads: declared once, for the page and for the ledger that is exported.

Which of them a person has follows from what they may read; which of those the page shows, from
what they chose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from departments.models import Account
from leads import fields, standing
from leads.fields import Seen
from leads.models import Assignment, Lead
from leads.querysets import LeadQuerySet
from leads.states import Finding, LeadState
from pages.markup import escaped

HIDDEN = mark_safe('<span class="muted">（内容不可见）</span>')
NONE = mark_safe('<span class="muted">—</span>')
NOT_ASSIGNED = mark_safe('<span class="muted">未转办</span>')
BEFORE_UNITS = (
    LeadState.REGISTERED,
    LeadState.ACCEPTED,
    LeadState.ASSESSED,
    LeadState.DECLINED,
    LeadState.MERGED,
)
STATES = dict(LeadState.choices)
#: Long texts of a lead, read only where a column shows them.
TEXTS = ("allegation", "closing_words", "search")
#: What is read of a row beside an assignment.
NAMES = {"unit": "name", "signed_by": "full_name"}


def _all_but_name(name: str) -> tuple[str, ...]:
    fields = Lead._meta.get_field(name).related_model._meta.concrete_fields
    return tuple(field.name for field in fields if not field.primary_key and field.name != "name")


#: The rows beside a lead of which a column shows the name, with what is not read of them.
BESIDE = {
    name: _all_but_name(name)
    for name in ("channel", "place", "domain", "conduct", "registered_unit")
}


@dataclass(frozen=True, kw_only=True)
class ListColumn:
    """A column: what it is called, what it says of a lead, and how the page shows that.

    `value` is the cell of the export (text, date or None), `cell` the page's; without `cell` the
    page shows the value. A cell that `is_link` leads to the lead. `field` is what it shows in the
    table of who sees what (`leads.fields`). `needs` names what the column reads beside the lead's
    own row. `orders` are the two names of the order by this column, the usual one first. A column
    that is not `on_page` stands in the ledger alone, and one that is not `in_ledger` on the page
    alone.
    """

    code: str
    field: str
    heading: str
    value: Callable[[Lead], Any]
    cell: Callable[[Lead], SafeString | str] | None = None
    kind: str = "text"
    width: int = 12
    css: str = "nowrap"
    needs: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    is_link: bool = False
    is_default: bool = False
    is_fixed: bool = False
    on_page: bool = True
    in_ledger: bool = True

    def show(self, lead: Lead, seen: Seen) -> SafeString | str:
        """The page's cell, for who sees the fields `seen` of the lead."""
        if self.field not in seen:
            return HIDDEN
        if self.cell is not None:
            return self.cell(lead)
        value = self.value(lead)
        return NONE if value in (None, "") else value

    def export(self, lead: Lead, seen: Seen) -> Any:
        return self.value(lead) if self.field in seen else None


def status(tone: str, label: str) -> SafeString:
    """As partials/status.html, without the cost of a template for every row."""
    return SafeString(f'<span class="status status-{tone}">{escaped(label)}</span>')


def _date(value: Any) -> SafeString:
    written = value.isoformat()
    return SafeString(f'<time datetime="{written[:10]}">{written[5:10]}</time>')


def _yes(value: bool) -> str:
    return "是" if value else "否"


def _local(moment: Any) -> Any:
    return timezone.localtime(moment).date() if moment else None


def _registered(lead: Lead) -> SafeString:
    return _date(timezone.localtime(lead.registered_at))


def _deadline(lead: Lead) -> SafeString:
    if lead.due_on is None:
        return NONE
    standing = lead.due
    shown = _date(lead.due_on)
    if standing is None:
        return shown
    return shown + mark_safe(" ") + status(standing.tone, standing.label)


def _parts(lead: Lead) -> list[Assignment]:
    """What units have, or had, in hand in the lead's present round."""
    return [item for item in lead.shown_parts if item.round == lead.round]


def _units(lead: Lead) -> str:
    return "、".join(item.unit.name for item in _parts(lead))


def _units_cell(lead: Lead) -> SafeString | str:
    if units := _units(lead):
        return units
    # Who sees no unit's part of a lead that has been handed out is not told that it has not.
    return NOT_ASSIGNED if lead.state in BEFORE_UNITS else NONE


def _signed_by(lead: Lead) -> str:
    return "、".join(item.signed_by.full_name for item in _parts(lead) if item.signed_by_id)


def _assigned_on(lead: Lead) -> Any:
    return _local(min((item.assigned_at for item in _parts(lead)), default=None))


def _subjects(lead: Lead) -> str:
    """Those whom the lead names; nobody where what it says was found untrue."""
    if lead.finding == Finding.DISPROVEN:
        return ""
    return "、".join(subject.name for subject in lead.subjects.all())


def _finding(lead: Lead) -> str:
    parts = (lead.get_finding_display(), lead.get_disposition_display())
    return "，".join(part for part in parts if part)


#: In the order of the ledger that offices keep on paper (线索摸排台账).
COLUMNS = (
    ListColumn(
        code="number",
        field="number",
        heading="线索编号",
        value=lambda lead: lead.number,
        width=22,
        is_link=True,
        is_default=True,
        is_fixed=True,
    ),
    ListColumn(
        code="title",
        field="title",
        heading="线索名称",
        value=lambda lead: lead.title,
        css="cell-title",
        width=30,
        is_link=True,
        is_default=True,
        in_ledger=False,
    ),
    ListColumn(
        code="registered",
        field="dates",
        heading="登记日期",
        value=lambda lead: lead.registered_at,
        cell=_registered,
        kind="date",
        css="cell-date cell-minor",
        orders=("", "registered"),
        is_default=True,
    ),
    ListColumn(
        code="received",
        field="dates",
        heading="收到日期",
        value=lambda lead: lead.received_on,
        cell=lambda lead: _date(lead.received_on),
        kind="date",
        css="cell-date cell-minor",
        orders=("-received", "received"),
        in_ledger=False,
    ),
    ListColumn(
        code="channel",
        field="channel",
        heading="来源",
        value=lambda lead: lead.channel.name,
        needs=("channel",),
    ),
    ListColumn(
        code="external",
        field="external_number",
        heading="来源编号",
        value=lambda lead: lead.external_number,
        width=18,
        in_ledger=False,
    ),
    ListColumn(
        code="reporter",
        field="reporter_kind",
        heading="实名/匿名",
        value=lambda lead: lead.get_reporter_kind_display(),
        width=11,
        css="nowrap cell-minor",
    ),
    ListColumn(
        code="place",
        field="place",
        heading="涉及村居",
        value=lambda lead: lead.place.name if lead.place else "",
        needs=("place",),
        is_default=True,
    ),
    ListColumn(
        code="domain",
        field="domain",
        heading="行业领域",
        value=lambda lead: lead.domain.name if lead.domain else "",
        cell=lambda lead: (
            lead.domain.name if lead.domain else mark_safe('<span class="muted">待研判</span>')
        ),
        css="cell-words cell-minor",
        needs=("domain",),
        is_default=True,
    ),
    ListColumn(
        code="subjects",
        field="subjects",
        heading="被反映人",
        value=_subjects,
        needs=("subjects",),
        on_page=False,
    ),
    ListColumn(
        code="allegation",
        field="allegation",
        heading="反映内容",
        value=lambda lead: lead.allegation,
        width=50,
        needs=("allegation",),
        on_page=False,
    ),
    ListColumn(
        code="conduct",
        field="conduct",
        heading="涉嫌类型",
        value=lambda lead: lead.conduct.name if lead.conduct else "",
        css="cell-minor",
        width=20,
        needs=("conduct",),
    ),
    ListColumn(
        code="officials",
        field="subjects",
        heading="是否涉公职人员",
        value=lambda lead: _yes(any(subject.is_official for subject in lead.subjects.all())),
        width=9,
        needs=("subjects",),
    ),
    ListColumn(
        code="umbrella",
        field="umbrella",
        heading="反映涉及“保护伞”",
        value=lambda lead: _yes(lead.umbrella_suspected),
        in_ledger=False,
    ),
    ListColumn(
        code="major",
        field="major",
        heading="是否重大",
        value=lambda lead: _yes(lead.is_major),
        width=9,
        css="nowrap cell-minor",
    ),
    ListColumn(
        code="units",
        field="units",
        heading="承办单位",
        value=_units,
        cell=_units_cell,
        css="cell-names",
        width=20,
        needs=("assignments.unit",),
        is_default=True,
    ),
    ListColumn(
        code="signed_by",
        field="units",
        heading="责任人",
        value=_signed_by,
        needs=("assignments.signed_by",),
        on_page=False,
    ),
    ListColumn(
        code="sponsor", field="units", heading="包案领导", value=lambda _lead: None, on_page=False
    ),
    ListColumn(
        code="assigned",
        field="units",
        heading="移送日期",
        value=_assigned_on,
        cell=lambda lead: _date(on) if (on := _assigned_on(lead)) else NONE,
        kind="date",
        css="cell-date cell-minor",
        needs=("assignments.unit",),
    ),
    ListColumn(
        code="state",
        field="state",
        heading="进展",
        value=lambda lead: STATES[lead.state],
        cell=lambda lead: status(lead.tone, STATES[lead.state]),
        css="cell-status",
        is_default=True,
    ),
    ListColumn(
        code="due",
        field="dates",
        heading="办理期限",
        value=lambda lead: lead.due_on,
        cell=_deadline,
        kind="date",
        css="cell-due",
        orders=("due", "-due"),
        is_default=True,
    ),
    ListColumn(code="finding", field="finding", heading="结论", value=_finding, width=18),
    ListColumn(
        code="closed",
        field="dates",
        heading="办结日期",
        value=lambda lead: lead.closed_at,
        cell=lambda lead: _date(timezone.localtime(lead.closed_at)) if lead.closed_at else NONE,
        kind="date",
        css="cell-date cell-minor",
    ),
    ListColumn(
        code="registered_unit",
        field="registrant",
        heading="登记单位",
        value=lambda lead: lead.registered_unit.name,
        css="nowrap cell-minor",
        needs=("registered_unit",),
        in_ledger=False,
    ),
    # The portal holds nothing that is classified; the ledger says so.
    ListColumn(
        code="secrecy", field="number", heading="密级", value=lambda _lead: "非涉密", on_page=False
    ),
    ListColumn(
        code="remarks",
        field="number",
        heading="备注",
        value=lambda _lead: None,
        on_page=False,
        width=16,
    ),
)
BY_CODE = {column.code: column for column in COLUMNS}


def offered(user: Account) -> list[ListColumn]:
    """The columns that the person may have at all."""
    seen = fields.seen_by(standing.possible(user))
    return [column for column in COLUMNS if column.field in seen]


def for_page(user: Account, chosen: Iterable[str] | None) -> list[ListColumn]:
    """What the page shows: what was chosen (None: the usual), and always what is fixed."""
    wanted = None if chosen is None else set(chosen)
    return [
        column
        for column in offered(user)
        if column.on_page
        and (column.is_fixed or (column.is_default if wanted is None else column.code in wanted))
    ]


def for_export(user: Account, chosen: Iterable[str] | None) -> list[ListColumn]:
    """What a file holds: what was chosen, or (None) the columns of the ledger."""
    wanted = None if chosen is None else set(chosen)
    return [
        column
        for column in offered(user)
        if column.is_fixed or (column.in_ledger if wanted is None else column.code in wanted)
    ]


def prepare(
    queryset: LeadQuerySet, columns: Iterable[ListColumn], *, user: Account
) -> LeadQuerySet:
    """`queryset`, of leads that `user` sees, with all that the columns read.

    In a number of queries that no row adds to.
    """
    needs = {need for column in columns for need in column.needs}
    below = sorted(need.partition(".")[2] for need in needs if need.startswith("assignments."))
    beside = sorted(needs & BESIDE.keys())
    queryset = queryset.select_related(*beside) if beside else queryset
    if below:
        shown = Assignment.objects.of_concern_to(user).in_force().select_related(*below)
        shown = shown.only(
            "lead", "round", "assigned_at", *(f"{name}__{NAMES[name]}" for name in below)
        )
        parts = Prefetch("assignments", queryset=shown, to_attr="shown_parts")
        queryset = queryset.prefetch_related(parts)
    if "subjects" in needs:
        queryset = queryset.prefetch_related("subjects")
    queryset = queryset.with_standing(user)
    unread = [name for name in TEXTS if name not in needs]
    return queryset.defer(
        *unread, *(f"{name}__{other}" for name in beside for other in BESIDE[name])
    )
