"""Reads of reporters. A custodian sees those of a town; nobody else sees any without a release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from departments.roles import Role
from leads.querysets import kept_from
from leads.reporters.identity import plain_id, plain_phone
from leads.reporters.sealing import VAULT, blind
from leads.states import ReporterKind

if TYPE_CHECKING:
    from departments.models import Account
    from leads.models import Lead


def leads_kept_by(user: Account) -> models.QuerySet[Lead]:
    """The leads with named reporters whose identities `user` keeps as a custodian.

    Of a lead that is kept from them as a person, or from their unit, they keep nothing.
    """
    from leads.models import Lead

    towns = user.jurisdictions_as(Role.CUSTODIAN)
    named = Lead.objects.filter(jurisdiction__in=towns, reporter_kind=ReporterKind.NAMED)
    return named.exclude(kept_from(user))


class SealedQuerySet(models.QuerySet):
    def outdated(self) -> SealedQuerySet:
        """Those that hold something which is not sealed as it would be now."""
        now = Q(key_id=VAULT.ring.current, cipher=VAULT.cipher)
        return self.exclude(sealed=b"").exclude(now)


class ReporterQuerySet(SealedQuerySet):
    def kept_by(self, user: Account) -> ReporterQuerySet:
        """Those of the leads that `user` keeps as a custodian."""
        return self.filter(lead__in=leads_kept_by(user))

    def outdated(self) -> ReporterQuerySet:
        """Also those that are found by an older key."""
        key = VAULT.ring.current
        now = Q(key_id=key, index_key_id=key, cipher=VAULT.cipher)
        return self.exclude(now)

    def with_number(self, *, phone: str = "", id_number: str = "") -> ReporterQuerySet:
        """Those who gave that phone or that ID number, whichever way it was written.

        Asked under every key that there is: while keys are changed, rows of both are found.
        """
        found = Q(pk__in=[])
        for field, kind, value in (
            ("phone_index", "phone", plain_phone(phone)),
            ("id_index", "id", plain_id(id_number)),
        ):
            if value:
                keys = VAULT.ring.keys
                found |= Q(**{f"{field}__in": [blind(kind, value, one) for one in keys]})
        return self.filter(found)
