"""Celery and its schedule.

Job and message rows in PostgreSQL are the truth. Every task below only looks for rows that are
due, so that running one twice, or losing one, changes nothing but the time.
"""

import os
from typing import Any

from celery import Celery, Task
from celery.schedules import crontab

from departments.acting import as_system

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "campaign.settings.dev")


class SystemTask(Task):
    """What the schedule starts acts as the system; work for a person says so itself."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with as_system():
            return super().__call__(*args, **kwargs)


app = Celery("campaign", task_cls=SystemTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

#: How often rows that nobody holds are looked for, in seconds.
SWEEP_SECONDS = float(os.environ.get("PORTAL_SWEEP_SECONDS", "20"))
#: How often is looked for reminders whose round has begun, in seconds.
REMIND_SECONDS = float(os.environ.get("PORTAL_REMIND_SECONDS", "60"))

app.conf.beat_schedule = {
    "start lost jobs again": {"task": "jobs.sweep", "schedule": SWEEP_SECONDS},
    "deliver messages": {"task": "messaging.deliver_due", "schedule": SWEEP_SECONDS},
    "open report periods": {"task": "reporting.open_periods", "schedule": 60.0},
    "remind of weekly reports": {"task": "reporting.remind_due", "schedule": REMIND_SECONDS},
    "remind of deadlines": {"task": "leads.remind_deadlines", "schedule": 60.0},
    "tell of major leads again": {"task": "leads.repeat_alerts", "schedule": 60.0},
    "tell of incidents again": {"task": "reporting.repeat_incidents", "schedule": 60.0},
    "end expired releases": {"task": "leads.end_expired_releases", "schedule": 60.0},
    "restrict unproven leads": {"task": "leads.restrict_due", "schedule": crontab(minute=7)},
    "roll up open weeks": {"task": "reporting.roll_up_open", "schedule": 120.0},
    "delete expired drafts": {
        "task": "leads.delete_expired_drafts",
        "schedule": crontab(minute=27),
    },
    "scan files for viruses": {"task": "files.sweep_scans", "schedule": 60.0},
    "sweep unused files": {"task": "files.sweep_unused", "schedule": crontab(minute=41)},
    "delete expired sessions": {
        "task": "access.delete_expired_sessions",
        "schedule": crontab(minute="*/15"),
    },
    "seal the audit trail": {"task": "audit.seal", "schedule": 60.0},
    "look for what is unusual": {"task": "oversight.watch", "schedule": 300.0},
    "verify the audit trail": {"task": "oversight.verify", "schedule": crontab(minute=11)},
    "send the head of the audit trail": {
        "task": "oversight.send_head",
        "schedule": crontab(minute=5),
    },
    "delete expired exports": {"task": "jobs.delete_expired", "schedule": crontab(minute=17)},
    "delete expired imports": {
        "task": "leads.delete_expired_imports",
        "schedule": crontab(minute=37),
    },
}
for _entry in app.conf.beat_schedule.values():
    # A tick that nobody took within its own interval is worth nothing: the next one does the work.
    _entry["options"] = {"expires": 600}
