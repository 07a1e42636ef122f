"""The tasks of the packages below, gathered where Celery looks for them."""

from leads.alerts.tasks import repeat_alerts
from leads.deadlines.tasks import remind_deadlines
from leads.drafts.tasks import delete_expired_drafts
from leads.imports.tasks import delete_expired_imports

__all__ = [
    "delete_expired_drafts",
    "delete_expired_imports",
    "remind_deadlines",
    "repeat_alerts",
]
