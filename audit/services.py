"""The only writer of the audit trail."""

from typing import Any

from django.http import HttpRequest

from audit.models import Action, AuditEntry


def record(
    *,
    action: Action,
    request: HttpRequest | None = None,
    actor: Any = None,
    actor_name: str = "",
    obj: Any = None,
    reason: str = "",
) -> None:
    """Add one entry. `obj` is named by its `audit_label` (a number, never content)."""
    if actor is None and request is not None and request.user.is_authenticated:
        actor = request.user
    AuditEntry.objects.create(
        action=action,
        actor=actor,
        actor_name=(actor.username if actor else actor_name)[:150],
        address=client_address(request) if request is not None else None,
        object_type=obj._meta.verbose_name if obj is not None else "",
        object_label=str(obj.audit_label)[:100] if obj is not None else "",
        reason=reason[:200],
    )


def client_address(request: HttpRequest) -> str | None:
    """The address as the lock-out sees it, behind as many proxies as are configured."""
    from axes.helpers import get_client_ip_address

    return get_client_ip_address(request)
