"""The letter that clears a name (澄清函), as a file."""

from __future__ import annotations

from django.utils import timezone

from jobs import official_document as layout
from leads.clarifications.models import Clarification
from leads.documents.services import template_for
from leads.documents.states import PaperKind

#: To whom it is where the lead names nobody.
TO_WHOM_IT_MAY_CONCERN = "有关单位和人员"


def file_of(made: Clarification) -> bytes:
    """The letter as .docx. It says nothing of the lead but the allegation that is untrue."""
    town = made.lead.jurisdiction
    return layout.build(
        layout.OfficialDocument(
            number="",
            title="澄清函",
            addressee=made.subject.name if made.subject else TO_WHOM_IT_MAY_CONCERN,
            paragraphs=(
                layout.Paragraph(
                    f"经{made.verified_by}核查，下列反映不属实，现予澄清。本函只就所列事项澄清。"
                ),
                layout.Paragraph("一、不属实的反映事项", level=1),
                *_paragraphs(made.allegation),
                layout.Paragraph("二、核查情况", level=1),
                *_paragraphs(made.verified),
                layout.Paragraph("三、依据", level=1),
                *_paragraphs(made.basis),
            ),
            issuer=template_for(town, PaperKind.ORDER).issuer,
            day=timezone.localdate(made.decided_at),
        )
    )


def _paragraphs(text: str) -> list[layout.Paragraph]:
    return [layout.Paragraph(line.strip()) for line in text.splitlines() if line.strip()]
