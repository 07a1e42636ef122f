"""Celery's door to the alerts."""

from celery import shared_task

from leads.alerts.reminders import ALERTS
from messaging.reminders import fire


@shared_task(name="leads.repeat_alerts")
def repeat_alerts() -> None:
    fire(ALERTS)
