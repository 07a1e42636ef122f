"""Celery's door to the drafts."""

from celery import shared_task

from leads.drafts import services


@shared_task(name="leads.delete_expired_drafts")
def delete_expired_drafts() -> None:
    services.delete_expired()
