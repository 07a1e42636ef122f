"""Celery's door to signing in."""

from celery import shared_task

from access.sessions import services as sessions


@shared_task(name="access.delete_expired_sessions")
def delete_expired_sessions() -> None:
    sessions.delete_expired()
