"""Official papers as files."""

from __future__ import annotations

import io

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from audit.models import Action
from audit.services import record
from leads.documents import services
from leads.documents.models import Paper

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@require_safe
def paper_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The paper as .docx, made anew from what was issued, for those who may read the lead."""
    papers = Paper.objects.visible_to(request.user).select_related(
        "assignment__lead__place", "assignment__signed_by", "issued_by"
    )
    paper = get_object_or_404(papers, pk=pk)
    record(action=Action.PAPER_DOWNLOADED, request=request, obj=paper)
    stream = io.BytesIO(services.file_of(paper))
    name = f"{paper.get_kind_display()} {paper.number}.docx"
    return FileResponse(stream, as_attachment=True, filename=name, content_type=WORD)
