"""The tasks of the packages below, gathered where Celery looks for them."""

from leads.alerts.tasks import repeat_alerts
from leads.deadlines.tasks import remind_deadlines
from leads.drafts.tasks import delete_expired_drafts
from leads.fading.tasks import restrict_due
from leads.imports.tasks import delete_expired_imports
from leads.reporters.releases.tasks import end_expired_releases

__all__ = [
    "delete_expired_drafts",
    "delete_expired_imports",
    "end_expired_releases",
    "remind_deadlines",
    "repeat_alerts",
    "restrict_due",
]
