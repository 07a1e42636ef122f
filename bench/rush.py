"""The last minutes before the deadline: all units of a large town report at once.

Two liaisons of every unit have opened the week's form; both send it, and one of them is too late.
Then every leader opens the report and signs it. A real server answers, under production settings;
afterwards the database is asked whether it has just what was said to have been taken.
"""

from __future__ import annotations

import multiprocessing
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from django.db import connection, models, transaction

from bench import browsers, towns
from bench.browsers import Answer, Browser, all_at_once
from bench.figures import Figure, milliseconds, percentile
from bench.server import HOST, PROCESSES, Server, serving
from bench.towns import Town
from departments.roles import Role
from messaging.models import Delivery, Message
from reporting.form_versions.default import DEFAULT
from reporting.periods.models import ReportPeriod
from reporting.weekly.models import WeeklyReport, WeeklyReportEvent
from reporting.weekly.states import WeeklyState

LIAISONS = 2
#: Most times the bare rows (seven pages stand against five INSERTs), and the most milliseconds that
#: 95 of 100 submissions may take.
TIMES, LIMIT = 400, 1_000
TAKEN, SIGNED = "已送主要负责人签字。", "已签字报送扫黑办。"
#: What is said to who was slower.
TOLD = ("不能再修改", "刚刚在别处被修改过")
LETTER = "weekly_awaiting_signature"
NEW = "currval(pg_get_serial_sequence('{table}', 'id'))"
OF_REPORT = f"kind = '{LETTER}' AND subject_key = %(subject)s"
#: All rows that a report has brought, and in which columns a copy differs.
ROWS: tuple[tuple[type[models.Model], str, dict[str, str]], ...] = (
    (WeeklyReport, "id = %(report)s", {"period_id": "%(period)s"}),
    (
        WeeklyReportEvent,
        "report_id = %(report)s",
        {"report_id": NEW.format(table="reporting_weeklyreport")},
    ),
    (Message, OF_REPORT, {"kind": "'bare'"}),
    (
        Delivery,
        f"message_id = (SELECT id FROM messaging_message WHERE {OF_REPORT})",
        {"message_id": NEW.format(table="messaging_message")},
    ),
)


@dataclass(frozen=True)
class Visit:
    """One person's way to a form and to what becomes of it; `words` tell whose content it is."""

    browser: Browser
    unit: str
    path: str
    words: str = ""
    opened: Answer | None = None
    sent: Answer | None = None
    shown: Answer | None = None

    @property
    def answers(self) -> list[Answer]:
        return [answer for answer in (self.opened, self.sent, self.shown) if answer]

    def is_told(self, *words: str) -> bool:
        """Whether the page that the person sees in the end says one of `words`."""
        return self.shown is not None and any(word in self.shown.said for word in words)


def measure(rounds: int, *, units: int = 200) -> Iterator[Figure]:
    """Once, whatever `rounds` says; the town and its week stay where the database is kept.

    RuntimeError where anything was lost, doubled, refused or told wrongly.
    """
    town = towns.town(f"rush{units}", units, weeks=1, liaisons=LIAISONS)
    period = town.free_week()
    with serving() as server:
        visits, seconds = _rush(server, town, period)
    if found := _faults(period, visits, units):
        raise RuntimeError(f"not as the people were told: {dict(found)}, {_said(visits)}")
    waited = [visit.sent.milliseconds for visit in visits]
    bare = _bare(town, period)
    taken, least = seconds * 1000 / units, 1 / sum(len(part) / sum(part) for part in bare)
    yield Figure(name="rush.report", value=taken, floor=least, unit="ms", target=TIMES)
    yield Figure(name="rush.rate", value=1000 / taken, floor=1000 / least, unit="/s")
    alone = [one for part in bare for one in part]
    for name, share, limit in (("rush.p50", 0.5, None), ("rush.p95", 0.95, LIMIT)):
        value, floor = percentile(waited, share), percentile(alone, share)
        yield Figure(name=name, value=value, floor=floor, unit="ms", limit=limit)


def _rush(server: Server, town: Town, period: ReportPeriod) -> tuple[list[Visit], float]:
    """All visits, and the seconds from the first form that was sent to the last signature seen."""
    drafting = _visits(server, town, period, Role.LIAISON)
    connection.close()  # a connection cannot be shared with the browsers
    opened, _ = all_at_once(open_form, drafting)
    # Those of one unit beside each other: they send at the same moment.
    opened.sort(key=lambda visit: visit.unit)
    sent, sending = all_at_once(partial(send, action="submit"), opened)
    signing = _visits(server, town, period, Role.LEADER)
    connection.close()
    signed, taking = all_at_once(sign, signing)
    return [*sent, *signed], sending + taking


def _visits(server: Server, town: Town, period: ReportPeriod, role: Role) -> list[Visit]:
    """Everybody of that role in the town, signed in."""
    people = list(towns.people(town, role))
    keys = server.sign_in([account for _, account in people])
    reports = dict(WeeklyReport.objects.filter(period=period).values_list("unit", "pk"))
    visits = []
    for (unit, account), key in zip(people, keys, strict=True):
        path = f"/reports/weeks/{period.pk}/{unit.code}/edit/"
        if role == Role.LEADER:
            path = f"/reports/{reports.get(unit.pk, 0)}/"
        browser = Browser(server.port, HOST, {browsers.SESSION: key})
        visits.append(Visit(browser, unit.code, path, words=f"由{account.username}走访商户。"))
    return visits


def open_form(visit: Visit) -> Visit:
    return replace(visit, opened=visit.browser.get(visit.path))


def send(visit: Visit, *, action: str) -> Visit:
    """Send the form that is open, filled in, and look at the page that comes of it."""
    numbers = {figure.code: "0" for figure in DEFAULT.figures} | {"events": "1", "leaflets": "50"}
    texts = {"progress": visit.words, "problems": "", "next_steps": "继续摸排。"}
    sent = visit.browser.send(visit.path, visit.opened, action=action, **numbers, **texts)
    shown = visit.browser.get(sent.path) if sent.status == 302 else None
    return replace(visit, sent=sent, shown=shown)


def sign(visit: Visit) -> Visit:
    """Open the report that waits, sign it, and look at the page that comes of it."""
    opened = visit.browser.get(visit.path)
    sent = visit.browser.send(f"{visit.path}sign/", opened)
    shown = visit.browser.get(sent.path) if sent.status == 302 else None
    return replace(visit, opened=opened, sent=sent, shown=shown)


def _faults(period: ReportPeriod, visits: list[Visit], units: int) -> Counter[str]:
    """What the database, or somebody's page, has otherwise than it should be; nothing is best."""
    found: Counter[str] = Counter()
    found["refused"] = sum(not answer.is_good for visit in visits for answer in visit.answers)
    by_unit: dict[str, list[Visit]] = defaultdict(list)
    for visit in visits:
        by_unit[visit.unit].append(visit)
    rows = WeeklyReport.objects.filter(period=period).select_related("unit")
    reports = {report.unit.code: report for report in rows}
    letters = Counter(
        Message.objects.filter(
            kind=LETTER, subject_key__in=[f"report:{report.pk}" for report in rows]
        ).values_list("subject_key", flat=True)
    )
    found["missing"] = units - len(reports)
    found["doubled"] = rows.count() - len(reports)
    for code, theirs in by_unit.items():
        report = reports.get(code)
        if report is None:
            continue
        taken = [visit.words for visit in theirs if visit.is_told(TAKEN)]
        found["lost"] += taken != [report.texts["progress"]]
        found["untold"] += sum(visit.is_told(*TOLD) for visit in theirs) != LIAISONS - 1
        found["unsigned"] += report.state != WeeklyState.SIGNED or not report.signature_holds
        found["unseen"] += sum(visit.is_told(SIGNED) for visit in theirs) != 1
        found["letters"] += letters[f"report:{report.pk}"] != 1
    return +found


def _said(visits: list[Visit]) -> list[tuple[tuple[int, str, str], int]]:
    """The answers that were given most often, each by its status, its page and its words."""
    answers = (answer for visit in visits for answer in visit.answers)
    return Counter((one.status, one.path, one.said) for one in answers).most_common(5)


def _bare(town: Town, period: ReportPeriod) -> list[list[float]]:
    """The rows of the week's reports once more, by INSERT alone, a transaction for each report.

    The milliseconds that each took, by the process that wrote it: as many as the server has.
    """
    keys = list(WeeklyReport.objects.filter(period=period).values_list("pk", flat=True))
    other = town.free_week().pk
    connection.close()
    with multiprocessing.get_context("fork").Pool(PROCESSES) as pool:
        shares = [keys[number::PROCESSES] for number in range(PROCESSES)]
        return pool.map(partial(_insert_again, period=other), shares, chunksize=1)


def _insert_again(keys: list[int], *, period: int) -> list[float]:
    connection.ensure_connection()
    statements = [_again(model, which, own) for model, which, own in ROWS]

    def insert(key: int) -> None:
        values = {"report": key, "subject": f"report:{key}", "period": period}
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement, values)

    return [milliseconds(partial(insert, key)) for key in keys]


def _again(model: type[models.Model], which: str, own: dict[str, str]) -> str:
    table = model._meta.db_table
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    names = [field.column for field in fields if not field.primary_key]
    columns = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(own.get(name, f'"{name}"') for name in names)
    return f"INSERT INTO {table} ({columns}) SELECT {values} FROM {table} WHERE {which}"
