"""The portal's wiring: settings, addresses, background jobs, the embedded database."""

from campaign.celery import app as celery_app

__all__ = ["celery_app"]
