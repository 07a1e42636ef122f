"""The tasks of the packages below, gathered where Celery looks for them."""

from leads.alerts.tasks import repeat_alerts
from leads.deadlines.tasks import remind_deadlines
from leads.drafts.tasks import delete_expired_drafts

__all__ = ["delete_expired_drafts", "remind_deadlines", "repeat_alerts"]
