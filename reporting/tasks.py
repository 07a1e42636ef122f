"""The tasks of the packages below, gathered where Celery looks for them."""

from reporting.incidents.tasks import repeat_incidents
from reporting.periods.tasks import open_periods
from reporting.reminders.tasks import remind_due
from reporting.statistics.tasks import roll_up_open

__all__ = ["open_periods", "remind_due", "repeat_incidents", "roll_up_open"]
