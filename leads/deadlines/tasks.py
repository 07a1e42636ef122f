"""Celery's door to the reminders of deadlines."""

from celery import shared_task

from leads.callbacks.reminders import CALLBACKS
from leads.deadlines.reminders import DEADLINES
from messaging.reminders import fire


@shared_task(name="leads.remind_deadlines")
def remind_deadlines() -> None:
    fire(DEADLINES)
    fire(CALLBACKS)
