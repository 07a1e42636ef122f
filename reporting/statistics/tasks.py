"""Celery's door to the statistics."""

from celery import shared_task

from reporting.statistics import services


@shared_task(name="reporting.roll_up_open")
def roll_up_open() -> None:
    services.roll_up_open()
