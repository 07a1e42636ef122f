"""Celery's door to the periods."""

from celery import shared_task

from reporting.periods import services


@shared_task(name="reporting.open_periods")
def open_periods() -> None:
    services.open_periods()
