"""The town that the demo is set in: its units and dictionaries, read once."""

from __future__ import annotations

from dataclasses import dataclass

from demo.scenarios import SCENARIOS, Scenario
from departments.models import Domain, Unit, UnitKind
from leads.models import Channel, Conduct

#: How often leads come in by each channel, to one another.
CHANNELS = {
    "hotline": 30,
    "mailbox": 10,
    "visit": 12,
    "village": 18,
    "transfer": 10,
    "police": 8,
    "media": 2,
    "inspection": 4,
    "superior": 3,
    "12337": 2,
    "other": 1,
}


class MissingDictionaries(Exception):
    """The town's dictionaries know nothing of what the demo's leads are about."""


@dataclass
class Town:
    """What the leads refer to, read once."""

    unit: Unit
    office: Unit
    police: Unit
    discipline: Unit
    villages: list[Unit]
    responsible: dict[int, list[Unit]]  # by domain
    scenarios: list[tuple[Scenario, Domain, Conduct]]
    channels: list[Channel]
    umbrella: Conduct | None

    @classmethod
    def read(cls, unit: Unit) -> Town:
        """Raises MissingDictionaries when no scenario or channel fits the town's dictionaries."""
        units = list(
            Unit.objects.active()
            .filter(jurisdiction=unit)
            .order_by("path")
            .prefetch_related("domains")
        )
        domains = {domain.code: domain for domain in Domain.objects.all()}
        conducts = {conduct.code: conduct for conduct in Conduct.objects.all()}
        responsible: dict[int, list[Unit]] = {domain.pk: [] for domain in domains.values()}
        for item in units:
            if item.receives_leads:
                for domain in item.domains.all():
                    responsible[domain.pk].append(item)
        scenarios = [
            (scenario, domains[scenario.domain], conducts[scenario.conduct])
            for scenario in SCENARIOS
            if scenario.domain in domains and scenario.conduct in conducts
        ]
        channels = list(Channel.objects.filter(code__in=CHANNELS).order_by("position", "code"))
        if not scenarios or not channels:
            raise MissingDictionaries
        kinds = {item.kind: item for item in reversed(units)}
        return cls(
            unit=unit,
            office=kinds[UnitKind.OFFICE],
            police=kinds[UnitKind.POLICE],
            discipline=kinds[UnitKind.DISCIPLINE],
            villages=[item for item in units if item.kind == UnitKind.VILLAGE],
            responsible=responsible,
            scenarios=scenarios,
            channels=channels,
            umbrella=conducts.get("umbrella"),
        )
