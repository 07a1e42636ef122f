"""The models of the packages below, gathered where Django looks for them."""

from reporting.attachments.models import ReportFile
from reporting.bulletins.models import Bulletin, BulletinEvent, BulletinRead, BulletinSeries
from reporting.corrections.models import CorrectionEvent, EarlierVersion, WeeklyCorrection
from reporting.delegations.models import SigningDelegation
from reporting.duties.models import Exemption, Reopening, ReportingChange, ReportingRule
from reporting.form_versions.models import FormVersion
from reporting.incidents.models import Incident, IncidentEvent
from reporting.notes.models import DailyNote
from reporting.periods.models import PeriodEvent, ReportExpectation, ReportPeriod
from reporting.reminders.models import ReminderRule
from reporting.statistics.models import RollUp, Tally
from reporting.weekly.models import WeeklyReport, WeeklyReportEvent

__all__ = [
    "Bulletin",
    "BulletinEvent",
    "BulletinRead",
    "BulletinSeries",
    "CorrectionEvent",
    "DailyNote",
    "EarlierVersion",
    "Exemption",
    "FormVersion",
    "Incident",
    "IncidentEvent",
    "PeriodEvent",
    "ReminderRule",
    "Reopening",
    "ReportExpectation",
    "ReportFile",
    "ReportPeriod",
    "ReportingChange",
    "ReportingRule",
    "RollUp",
    "SigningDelegation",
    "Tally",
    "WeeklyCorrection",
    "WeeklyReport",
    "WeeklyReportEvent",
]
