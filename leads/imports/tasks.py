"""Celery's door to the imports."""

from celery import shared_task

from leads.imports import services


@shared_task(name="leads.delete_expired_imports")
def delete_expired_imports() -> None:
    services.delete_expired()
