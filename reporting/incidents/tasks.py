"""Celery's door to the alerts of incidents."""

from celery import shared_task

from messaging.reminders import fire
from reporting.incidents.reminders import INCIDENTS


@shared_task(name="reporting.repeat_incidents")
def repeat_incidents() -> None:
    fire(INCIDENTS)
