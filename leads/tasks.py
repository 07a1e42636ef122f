"""The tasks of the packages below, gathered where Celery looks for them."""

from leads.drafts.tasks import delete_expired_drafts

__all__ = ["delete_expired_drafts"]
