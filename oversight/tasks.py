"""Celery's door to the auditor's desk."""

from celery import shared_task

from oversight.trail import services as trail
from oversight.watch import services as watch


@shared_task(name="oversight.watch")
def find_unusual() -> None:
    watch.find_unusual()


@shared_task(name="oversight.verify")
def verify_if_due() -> None:
    trail.verify_if_due()


@shared_task(name="oversight.send_head")
def send_head() -> None:
    trail.send_head()
