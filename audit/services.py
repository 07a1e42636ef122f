"""The only writer of the audit trail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connection
from django.http import HttpRequest

from audit.addresses import address_of
from audit.models import Action, AuditEntry, Outcome

#: The request that is being answered: a service that is given an actor only records its address.
_answering: ContextVar[HttpRequest | None] = ContextVar("answering", default=None)
#: What was refused by its very nature.
REFUSALS = frozenset(
    {
        Action.SIGN_IN_FAILED,
        Action.FACTOR_FAILED,
        Action.CODE_WRONG,
        Action.DENIED,
        Action.HIDDEN,
    }
)


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
    _entry(action, request, actor, actor_name, obj, reason).save(force_insert=True)


def record_each(
    *, action: Action, objs: Iterable[Any], request: HttpRequest, reason: str = ""
) -> None:
    """Add one entry for each of `objs`, in one statement; nothing where there are none."""
    AuditEntry.objects.bulk_create([_entry(action, request, None, "", obj, reason) for obj in objs])


def _entry(
    action: Action,
    request: HttpRequest | None,
    actor: Any,
    actor_name: str,
    obj: Any,
    reason: str,
) -> AuditEntry:
    if actor is None and request is not None and request.user.is_authenticated:
        actor = request.user
    return AuditEntry(
        action=action,
        actor=actor,
        actor_name=(actor.username if actor else actor_name)[:150],
        address=client_address(request or _answering.get()),
        object_type=obj._meta.verbose_name if obj is not None else "",
        object_label=str(obj.audit_label)[:100] if obj is not None else "",
        reason=reason[:200],
        outcome=Outcome.REFUSED if action in REFUSALS else Outcome.DONE,
    )


def client_address(request: HttpRequest | None) -> str | None:
    """The address from which `request` comes; None outside of requests."""
    return address_of(request) if request is not None else None


def current_address() -> str | None:
    """The address of the request that is being answered; None outside of requests."""
    return client_address(_answering.get())


@contextmanager
def answering(request: HttpRequest | None) -> Iterator[None]:
    """What is recorded inside comes from the address of `request`; from none where it is None."""
    token = _answering.set(request)
    try:
        yield
    finally:
        _answering.reset(token)


def attribute(actor: Any) -> None:
    """Until the transaction ends, what the database records by itself is the act of `actor`.

    Changes of rights are recorded by triggers, so that no way of changing them goes unrecorded.
    Without an actor they name the role of the database that did it.
    """
    address = current_address() or ""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('portal.actor', %s, true), set_config('portal.address', %s, true)",
            [str(actor.pk), address],
        )
