"""The models of the packages below, gathered where Django looks for them."""

from reporting.periods.models import ReportExpectation, ReportPeriod
from reporting.statistics.models import Tally
from reporting.weekly.models import WeeklyReport, WeeklyReportEvent

__all__ = [
    "ReportExpectation",
    "ReportPeriod",
    "Tally",
    "WeeklyReport",
    "WeeklyReportEvent",
]
