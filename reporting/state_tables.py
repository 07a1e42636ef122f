"""The machines of the reports, for the document that shows every machine."""

from __future__ import annotations

from audit.state_tables import StateTable
from reporting.bulletins import permissions as bulletins
from reporting.bulletins.machine import BULLETIN
from reporting.bulletins.states import BulletinState
from reporting.corrections import permissions as corrections
from reporting.corrections.machine import CORRECTION
from reporting.corrections.states import CorrectionState
from reporting.weekly import permissions as weekly
from reporting.weekly.machine import WEEKLY
from reporting.weekly.states import WeeklyState

WHO = {
    weekly.reports_for: "liaison or leader of the unit",
    weekly.signs_for: "leader of the unit, or who signs by delegation",
    weekly.receives: "the office of the town",
    corrections.writes: "liaison or leader of the unit; of what the office makes, the office",
    corrections.signs: "who signs for the unit; of what the office makes, the office's director",
    corrections.receives: "the office of the town",
    bulletins.prepares: "the office of the town",
    bulletins.approves: "the office's director",
}
TABLES = (
    StateTable("Weekly report", WEEKLY, WeeklyState, WHO),
    StateTable("Correction of a weekly report", CORRECTION, CorrectionState, WHO),
    StateTable("Bulletin", BULLETIN, BulletinState, WHO),
)
