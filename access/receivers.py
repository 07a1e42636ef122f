"""What every sign-in brings with it, by whatever way it is made."""

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from access.factors import session as factor
from access.sessions.services import note_origin
from departments.models import Account


@receiver(user_logged_in)
def begin_session(sender: Any, request: HttpRequest, user: Account, **kwargs: Any) -> None:
    note_origin(request)
    factor.settle(request, user)
