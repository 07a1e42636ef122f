"""What the routing table says about one lead: which units, in which part, and why."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from departments.models import Unit, UnitKind
from leads.models import Lead
from leads.routing.models import RoutingRule
from leads.states import AssignmentRole

#: Those who can work side by side on one lead (双移交), each leading its own part.
JOINT_KINDS = (UnitKind.POLICE, UnitKind.DISCIPLINE)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the table looks at in a lead; keys of rows, None where it is not settled."""

    domain: int | None = None
    conduct: int | None = None
    place: int | None = None
    umbrella: bool = False
    from_units: bool = False

    @classmethod
    def of(cls, lead: Lead) -> Facts:
        return cls(
            domain=lead.domain_id,
            conduct=lead.conduct_id,
            place=lead.place_id,
            umbrella=lead.umbrella_suspected,
            from_units=lead.registered_unit.kind != UnitKind.OFFICE,
        )


@dataclass
class Suggestion:
    """A unit that the table suggests, its part, and the reasons in the table's order."""

    unit: Unit
    role: str
    reasons: list[str] = field(default_factory=list)

    @property
    def role_label(self) -> str:
        return AssignmentRole(self.role).label

    @property
    def why(self) -> str:
        return "；".join(self.reasons)


@dataclass(frozen=True)
class Table:
    """A town's active rules and the units that take leads, read once; six queries."""

    rules: Sequence[Rule]
    units: Sequence[Unit]

    @classmethod
    def read(cls, town: Unit | int) -> Table:
        rules = [
            Rule(
                frozenset(domain.pk for domain in row.domains.all()),
                frozenset(conduct.pk for conduct in row.conducts.all()),
                [unit.pk for unit in row.units.all()],
                row,
            )
            for row in RoutingRule.objects.of(town).active()
        ]
        units = Unit.objects.recipients_in(town).prefetch_related("domains").order_by("path")
        return cls(rules, list(units))

    def suggest(self, facts: Facts, *, barred: Collection[int] = ()) -> list[Suggestion]:
        """The units for a lead of these facts, the leading one first.

        A unit from which the lead is kept (`barred`, keys) is not suggested. One unit leads: the
        first that a row names, or that answers for the domain; the others assist it. Where rows
        name police and discipline, both lead, side by side.
        """
        fit = {unit.pk: unit for unit in self.units if unit.pk not in barred}
        found: dict[int, Suggestion] = {}
        for rule in self.rules:
            if rule.fits(facts):
                for key in rule.units:
                    _add(found, fit.get(key), rule.row.role, rule.row.reason)
        for unit in fit.values():
            for domain in unit.domains.all():
                if domain.pk == facts.domain:
                    _add(found, unit, AssignmentRole.ASSIST, f"主管该领域：{domain.name}")
        return _with_one_leading(list(found.values()))


@dataclass(frozen=True)
class Rule:
    """A row of the table with what it is about as keys; an empty set fits every lead."""

    domains: frozenset[int]
    conducts: frozenset[int]
    units: Sequence[int]
    row: RoutingRule

    def fits(self, facts: Facts) -> bool:
        """Whether the row is about such leads."""
        return (
            (not self.domains or facts.domain in self.domains)
            and (not self.conducts or facts.conduct in self.conducts)
            and self.row.place_id in (None, facts.place)
            and self.row.umbrella in (None, facts.umbrella)
            and (facts.from_units or not self.row.from_units)
        )


def _add(found: dict[int, Suggestion], unit: Unit | None, role: str, reason: str) -> None:
    if unit is None:
        return
    one = found.setdefault(unit.pk, Suggestion(unit, role))
    one.reasons.append(reason)
    if role == AssignmentRole.LEAD:
        one.role = role


def _with_one_leading(found: list[Suggestion]) -> list[Suggestion]:
    leading = [one for one in found if one.role == AssignmentRole.LEAD]
    joint = [one for one in leading if one.unit.kind in JOINT_KINDS]
    keep = joint if {one.unit.kind for one in joint} == set(JOINT_KINDS) else (leading or found)[:1]
    for one in found:
        one.role = AssignmentRole.LEAD if one in keep else AssignmentRole.ASSIST
    return sorted(found, key=lambda one: one.role != AssignmentRole.LEAD)
