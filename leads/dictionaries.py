"""The dictionaries of the leads: the part of a township's file that the units know nothing of."""

from __future__ import annotations

from django.db import transaction

from departments.township import Township, add_missing
from leads.models import Channel, Conduct


@transaction.atomic
def load(township: Township) -> dict[str, int]:
    """Add the channels and kinds of conduct that are missing; returns how many of each."""
    return {
        Channel._meta.verbose_name: add_missing(Channel, township.dictionaries["channels"]),
        Conduct._meta.verbose_name: add_missing(Conduct, township.dictionaries["conducts"]),
    }
