"""Celery's door to the files."""

from celery import shared_task

from files import services


@shared_task(name="files.scan")
def scan(file_pk: int) -> None:
    services.scan(file_pk)


@shared_task(name="files.sweep_scans")
def sweep_scans() -> None:
    services.sweep_scans()


@shared_task(name="files.sweep_unused")
def sweep_unused() -> None:
    services.sweep_unused()
