"""Celery's door to the seals."""

from celery import shared_task

from audit.seals import services


@shared_task(name="audit.seal")
def seal() -> None:
    services.seal_all()
