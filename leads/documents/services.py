"""The only writers of official papers, and how a paper becomes a file."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils import timezone

from audit.models import Action
from audit.seen import require_seen
from audit.services import record
from departments.models import Account, Unit, UnitKind
from departments.permissions import is_director
from jobs import official_document as layout
from leads import due
from leads.documents import texts
from leads.documents.models import Paper, PaperTemplate
from leads.documents.states import PaperKind
from leads.models import Assignment

#: To those of other organs the office writes a letter; the town's own units get an order.
LETTER_KINDS = (UnitKind.POLICE, UnitKind.DISCIPLINE)


def template_for(town: Unit, kind: str) -> PaperTemplate:
    """The town's words for papers of `kind`; made from the usual ones when first asked for."""
    office = f"{town.name}扫黑除恶专项斗争领导小组办公室"
    usual = texts.DEFAULTS[kind] | {
        "issuer": office,
        "mark": f"{town.name[:1]}扫黑办{'移' if kind == PaperKind.TRANSFER else '交'}",
    }
    return PaperTemplate.objects.get_or_create(jurisdiction=town, kind=kind, defaults=usual)[0]


@transaction.atomic
def edit_template(
    *, template: PaperTemplate, actor: Account, seen: str | None = None, **words: str
) -> PaperTemplate:
    """Change the words of papers to come.

    ValidationError for a place that no paper knows; Conflict when the template no longer says
    what `actor` has `seen`.
    """
    if not is_director.test(actor):
        raise PermissionDenied
    row = PaperTemplate.objects.select_for_update().get(pk=template.pk)
    require_seen(template_words(row), seen)
    changed = [name for name, value in words.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, words[name])
    row.full_clean()
    if changed:
        row.save()
        labels = "、".join(row._meta.get_field(name).verbose_name for name in changed)
        record(action=Action.SETTINGS_CHANGED, actor=actor, obj=row, reason=f"修改：{labels}")
    return row


def template_words(row: PaperTemplate) -> dict[str, str]:
    """What can be edited of a template, by its labels."""
    fields = ("mark", "issuer", "title", "body", "requirements")
    return {str(row._meta.get_field(name).verbose_name): getattr(row, name) for name in fields}


def issue(*, assignment: Assignment, actor: Account) -> Paper:
    """The numbered paper that goes with a new assignment, in the caller's transaction."""
    lead, unit = assignment.lead, assignment.unit
    kind = PaperKind.TRANSFER if unit.kind in LETTER_KINDS else PaperKind.ORDER
    template = template_for(lead.jurisdiction, kind)
    day = due.today()
    values = {
        "承办单位": unit.name,
        "线索编号": lead.number,
        "行业领域": str(lead.domain or "待研判"),
        "行为类型": str(lead.conduct or "待研判"),
        "涉及村居": str(lead.place or "不详或跨村"),
        "分工": assignment.get_role_display(),
        "办理期限": layout.chinese_date(assignment.due_on),
        "交办要求": assignment.instructions or "无",
    }
    serial = _next_serial(lead.jurisdiction, kind, day.year)
    return Paper.objects.create(
        assignment=assignment,
        jurisdiction=lead.jurisdiction,
        kind=kind,
        year=day.year,
        serial=serial,
        number=f"{template.mark}〔{day.year}〕{serial}号",
        issuer=template.issuer,
        title=texts.fill(template.title, values),
        addressee=unit.name,
        body=texts.fill(template.body, values),
        requirements=texts.fill(template.requirements, values),
        issued_by=actor,
        issued_on=day,
    )


def file_of(paper: Paper) -> bytes:
    """The paper as .docx: the letter, the receipt to be signed, and what the lead alleges."""
    lead = paper.assignment.lead
    requirements = [line for line in paper.requirements.splitlines() if line.strip()]
    return layout.build(
        layout.OfficialDocument(
            number=paper.number,
            title=paper.title,
            addressee=paper.addressee,
            paragraphs=(
                *(layout.Paragraph(line) for line in paper.body.splitlines() if line.strip()),
                layout.Paragraph("一、办理要求", level=1),
                *(
                    layout.Paragraph(f"{number}.{line.strip()}", level=3)
                    for number, line in enumerate(requirements, 1)
                ),
            ),
            attachments=(f"线索{lead.number}反映材料",),
            issuer=paper.issuer,
            day=paper.issued_on,
            appendices=(_receipt(paper), _allegation(lead)),
        )
    )


def _receipt(paper: Paper) -> layout.Appendix:
    assignment = paper.assignment
    signed = assignment.signed_at
    return layout.Appendix(
        title="回　执",
        paragraphs=(
            layout.Paragraph(f"{paper.number}《{paper.title}》及附件收悉。请于收到当日签收退回。"),
        ),
        rows=(
            ("线索编号", assignment.lead.number),
            ("移交单位", paper.issuer),
            ("移交人", paper.issued_by.full_name),
            ("移交日期", layout.chinese_date(paper.issued_on)),
            ("接收单位（盖章）", paper.addressee),
            ("接收人", assignment.signed_by.full_name if assignment.signed_by else ""),
            ("接收日期", layout.chinese_date(timezone.localdate(signed)) if signed else ""),
            ("备注", ""),
        ),
    )


def _allegation(lead: Any) -> layout.Appendix:
    """What the lead alleges, word for word; who reported it stands nowhere among the leads."""
    where = "，".join(filter(None, [str(lead.place or ""), lead.place_detail]))
    return layout.Appendix(
        mark="附件",
        title=f"线索{lead.number}反映材料",
        paragraphs=(
            layout.Paragraph("一、反映内容（未经核实）", level=1),
            layout.Paragraph(lead.allegation),
            layout.Paragraph("二、涉及地点", level=1),
            layout.Paragraph(where or "不详"),
        ),
    )


def _next_serial(town: Unit, kind: str, year: int) -> int:
    """The next number of the town's kind and year. The row lock makes them gapless and unique."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO leads_paperseries (jurisdiction_id, kind, year, last) "
            "VALUES (%s, %s, %s, 1) ON CONFLICT (jurisdiction_id, kind, year) "
            "DO UPDATE SET last = leads_paperseries.last + 1 RETURNING last",
            [town.pk, kind, year],
        )
        return cursor.fetchone()[0]
