"""Celery's door to the reminders."""

from celery import shared_task

from reporting.reminders import services


@shared_task(name="reporting.remind_due")
def remind_due() -> None:
    services.remind_due()
