"""The only writers of passwords."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from access.passwords.models import FormerPassword
from audit.models import Action, AuditEntry
from audit.services import record
from departments.models import Account


def is_due(account: Account) -> bool:
    """Whether the person must choose a password before anything else."""
    return account.must_change_password or has_expired(account)


def has_expired(account: Account) -> bool:
    days = settings.PORTAL_PASSWORD_DAYS
    if not days:
        return False
    since = account.password_set_at
    return since is None or since < timezone.now() - dt.timedelta(days=days)


def is_guessed(account: Account) -> bool:
    """Whether the old password was wrong as often of late as ends a sign-in."""
    since = timezone.now() - dt.timedelta(hours=settings.AXES_COOLOFF_TIME)
    wrong = AuditEntry.objects.filter(actor=account, action=Action.SIGN_IN_FAILED, at__gt=since)
    return wrong.order_by().count() >= settings.AXES_FAILURE_LIMIT


def note_guess(account: Account) -> None:
    record(action=Action.SIGN_IN_FAILED, actor=account, obj=account, reason="修改密码时原密码不符")


@transaction.atomic
def choose(*, account: Account, password: str) -> None:
    """The person's own new password. It has been validated (`validate_password`)."""
    _keep_former(account)
    account.set_password(password)
    account.must_change_password = False
    account.password_set_at = timezone.now()
    account.save(update_fields=["password", "must_change_password", "password_set_at"])
    record(action=Action.PASSWORD_CHANGED, actor=account, obj=account)


def _keep_former(account: Account) -> None:
    """As many as the rules ask for, none where they ask for none."""
    count = settings.PORTAL_PASSWORD_HISTORY
    former = FormerPassword.objects.filter(account=account)
    if count and account.has_usable_password():
        FormerPassword.objects.create(account=account, hashed=account.password)
    kept = list(former.order_by("-pk").values_list("pk", flat=True)[:count])
    former.exclude(pk__in=kept).delete()
