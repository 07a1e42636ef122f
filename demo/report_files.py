"""Files of some reports: photographs and summaries signed with them, and stamped scans."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from demo import papers
from demo.clock import Clock
from demo.texts import MARK
from departments.models import Account, Unit
from files import services as files
from files.models import StoredFile
from files.storage import Incoming
from files.uploads import SealedUpload
from reporting.attachments.models import FileKind, ReportFile
from reporting.periods import week
from reporting.weekly.models import WeeklyReport, WeeklyReportEvent

#: The names of what is attached, and of what is scanned.
PHOTO, SUMMARY, SCAN = "宣传现场.png", "宣传活动小结.pdf", "周报盖章件.pdf"
#: So many reports of the last whole week have files, and so many drafts of the current one.
OF_LAST_WEEK, OF_THIS_WEEK = 2, 1


@dataclass
class Binder:
    """Picks the reports that have files, and puts them there as the services would."""

    span: Clock
    of_last: int = OF_LAST_WEEK
    of_this: int = OF_THIS_WEEK

    @classmethod
    def of(cls, town: Unit, span: Clock) -> Binder:
        """A town whose reports have files keeps them."""
        if ReportFile.objects.filter(report__unit__jurisdiction=town).exists():
            return cls(span, of_last=0, of_this=0)
        return cls(span)

    def takes(self, report: WeeklyReport, steps: tuple[str, ...]) -> bool:
        """Whether this is one of them: of the last week a received one, of this week a draft."""
        if report.is_zero:
            return False
        first, this = report.period.starts_on, week.starts_on(self.span.today)
        if first == this - week.WEEK and steps[-1] == "receive" and self.of_last:
            self.of_last -= 1
        elif first == this and steps == ("start",) and self.of_this:
            self.of_this -= 1
        else:
            return False
        return True

    def attach(self, report: WeeklyReport, at: dt.datetime) -> WeeklyReportEvent:
        """What is signed with the report; it has been saved as a draft."""
        title = f"{report.unit.name}宣传活动小结"
        told = (MARK, f"{report.period.label}在集市和各组开展宣传，发放资料，讲解举报方式。")
        photo = _store(report.drafted_by, PHOTO, papers.picture())
        summary = _store(report.drafted_by, SUMMARY, papers.page(title, told))
        report.version += 1
        return _add(report, at, FileKind.ATTACHMENT, "attach", photo, summary)

    def scan(self, report: WeeklyReport, at: dt.datetime) -> WeeklyReportEvent:
        """The paper as it was signed and stamped."""
        rows = (f"{figure.label}：{report.figures[figure.code]}" for figure in report.form.figures)
        lines = (MARK, report.period.label, "", *rows, "", "主要负责人（签字）：　　　　　")
        title = f"{report.unit.name}扫黑除恶工作周报"
        paper = papers.page(title, lines, stamp=report.unit.name)
        stored = _store(report.drafted_by, SCAN, paper)
        return _add(report, at, FileKind.SCAN, "scan", stored)


def _store(owner: Account, name: str, data: bytes) -> StoredFile:
    incoming = Incoming()
    incoming.write(data)
    incoming.finish()
    upload = SealedUpload(incoming, name=name, content_type="")
    try:
        file = files.receive(upload=upload, owner=owner, token=uuid.uuid4())
    finally:
        upload.close()
    return files.keep(files=[file], owner=owner)[0]


def _add(
    report: WeeklyReport, at: dt.datetime, kind: FileKind, verb: str, *stored: StoredFile
) -> WeeklyReportEvent:
    owner = report.drafted_by
    ReportFile.objects.bulk_create(
        ReportFile(
            report=report,
            kind=kind,
            file=file,
            of_signature=report.signature if kind == FileKind.SCAN else "",
            added_by=owner,
            added_at=at,
        )
        for file in stored
    )
    return WeeklyReportEvent(
        report=report,
        at=at,
        actor=owner,
        actor_name=owner.full_name,
        unit_name=report.unit.name,
        verb=verb,
        from_state=report.state,
        to_state=report.state,
        note=f"{len(stored)} 个：{'、'.join(file.name for file in stored)}",
        signature=report.signature,
    )
