"""Celery's door to restriction."""

from celery import shared_task

from leads.fading import services


@shared_task(name="leads.restrict_due")
def restrict_due() -> None:
    services.restrict_due()
