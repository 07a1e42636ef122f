"""Sign-ins, failures and sign-outs go on record."""

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver

from audit.models import Action
from audit.services import record


@receiver(user_logged_in)
def signed_in(sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
    record(action=Action.SIGNED_IN, request=request, actor=user)


@receiver(user_logged_out)
def signed_out(sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
    if user is not None:
        record(action=Action.SIGNED_OUT, request=request, actor=user)


@receiver(user_login_failed)
def sign_in_failed(sender: Any, credentials: dict, request: Any = None, **kwargs: Any) -> None:
    """The name that was tried is kept; a password typed into its field is not, so it is cut."""
    if request is None:
        return
    record(
        action=Action.SIGN_IN_FAILED,
        request=request,
        actor_name=_known_name(credentials.get("username", "")),
    )


def _known_name(name: str) -> str:
    """`name` if an account has it: whatever else was typed there may be a password."""
    from django.contrib.auth import get_user_model

    known = get_user_model().objects.filter(username=name[:150]).exists()
    return name if known else "（无此账号）"
