"""Celery's door to the messages."""

from celery import shared_task

from messaging.deliveries import services


@shared_task(name="messaging.deliver_due")
def deliver_due() -> None:
    services.deliver_due()
