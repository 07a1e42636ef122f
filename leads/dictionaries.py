"""The dictionaries and the routing table: the part of a township's file that only leads know."""

from __future__ import annotations

from django.db import transaction

from departments.models import Domain, Unit
from departments.township import Township, add_missing
from leads.models import Channel, Conduct, MajorCriterion, RoutingRule

MODELS = {"channels": Channel, "conducts": Conduct, "criteria": MajorCriterion}


@transaction.atomic
def load(township: Township) -> dict[str, int]:
    """Add what is missing of each dictionary, and the routing table where the town has none.

    Returns how many rows of each were added.
    """
    added = {
        model._meta.verbose_name: add_missing(model, township.dictionaries[name])
        for name, model in MODELS.items()
    }
    return added | {RoutingRule._meta.verbose_name: _load_routing(township)}


def _load_routing(township: Township) -> int:
    town = Unit.objects.get(code=township.town.code)
    if RoutingRule.objects.filter(jurisdiction=town).exists():
        return 0
    units = {unit.code: unit for unit in Unit.objects.filter(jurisdiction=town)}
    domains = {domain.code: domain for domain in Domain.objects.all()}
    conducts = {conduct.code: conduct for conduct in Conduct.objects.all()}
    for position, entry in enumerate(township.routing, 1):
        rule = RoutingRule.objects.create(
            jurisdiction=town,
            place=units[entry.place] if entry.place else None,
            umbrella=entry.umbrella,
            from_units=entry.from_units,
            role=entry.role,
            reason=entry.reason,
            position=position,
        )
        rule.domains.set(domains[code] for code in entry.domains)
        rule.conducts.set(conducts[code] for code in entry.conducts)
        rule.units.set(units[code] for code in entry.units)
    return len(township.routing)
