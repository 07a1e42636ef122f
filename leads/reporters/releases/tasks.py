"""Celery's door to the releases."""

from celery import shared_task

from leads.reporters.releases import services


@shared_task(name="leads.end_expired_releases")
def end_expired_releases() -> None:
    services.end_expired()
