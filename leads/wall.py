"""The second wall: policies that show a lead only where somebody's work can need it.

They repeat the rows of `LeadQuerySet.visible_to`, a little coarser: a unit that refused a lead or
lost it still passes. A query that forgot `visible_to` therefore meets no lead of another town,
none that lies with other units, and none that a conflict of interest keeps away. Which words of a
visible lead a person may read is not the wall's business.

What belongs to a lead is shown with it. New models that hang on a lead, by however many steps,
are inside without a word; `OUTSIDE` names those that are not, and why. Owners of the tables pass,
so that migrations and backups see everything. Their policies ask functions, which a session plans
once: written out, the conditions would be planned anew for every table of every statement.

The part of a unit is looked up for each lead by key: as EXISTS, the planner would first list all
that the unit ever had, on every page. What a conflict keeps away is few, and listed once.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import connections, models, transaction

from departments.roles import BARRING_ROLES
from leads.hanging import hanging

#: Models that hang on a lead and are not behind the wall.
OUTSIDE = {
    "Assignment": "the policies of leads ask it; it says which unit has a lead, not what about",
    "ConflictOfInterest": "the policies of leads ask it",
    "BulkItem": "belongs to the person who started the run",
    "ImportedRow": "where a number came from; asked by the search",
}

#: What reads past the policies (migration 0020): for the runtime role alone.
PAST = (
    "portal_lead_hits(text[], text, int, int, int)",
    "portal_leads_alike(tsquery, int)",
    "portal_pair_shares()",
)

SYSTEM = "(SELECT current_setting('portal.account', true)) = 'system'"
#: The key of the acting person; NULL for the system and for nobody.
ACCOUNT = "(SELECT NULLIF(NULLIF(current_setting('portal.account', true), 'system'), '')::bigint)"


def _told(name: str) -> str:
    """A list that the connection was told, read once per statement; NULL where it was not.

    The cast on the outside does nothing but keep ANY from taking the list for a table.
    """
    return f"(SELECT NULLIF(current_setting('portal.{name}', true), '')::bigint[])::bigint[]"


_BARRING = ", ".join(f"'{role.value}'" for role in sorted(BARRING_ROLES))
LEAD = f"""
    {SYSTEM} OR (
        (
            jurisdiction_id = ANY({_told("towns")})
            OR registered_unit_id = ANY({_told("units")})
            OR (
                SELECT part.id FROM leads_assignment part
                WHERE part.lead_id = leads_lead.id AND part.unit_id = ANY({_told("units")})
                LIMIT 1
            ) IS NOT NULL
        )
        AND leads_lead.id <> ALL ((SELECT portal_kept_from())::bigint[])
    )
"""

#: The keys of the leads that a conflict of interest keeps from the acting person.
KEPT_FROM = f"""
CREATE OR REPLACE FUNCTION public.portal_kept_from() RETURNS bigint[]
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN ARRAY(
        SELECT kept.lead_id FROM public.leads_conflictofinterest kept
        WHERE kept.lifted_at IS NULL AND kept.unit_id = ANY({_told("places")})
        UNION ALL
        SELECT kept.lead_id FROM public.leads_conflictofinterest kept
        WHERE kept.lifted_at IS NULL AND kept.account_id = {ACCOUNT}
        UNION ALL
        SELECT kept.lead_id FROM public.leads_conflictofinterest kept
        JOIN public.departments_membership held ON held.account_id = kept.account_id
        WHERE kept.lifted_at IS NULL AND kept.why = 'named_person'
        AND held.unit_id = ANY({_told("places")}) AND held.role IN ({_BARRING})
    );
END $$
"""

#: Whether the acting person passes to the lead of that key, by the policy of leads itself.
PASSES = """
CREATE OR REPLACE FUNCTION public.portal_passes(lead bigint) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN EXISTS (SELECT FROM public.leads_lead WHERE id = lead);
END $$
"""


def behind() -> dict[type[models.Model], str]:
    """Every model behind the wall, with the condition under which a row of it is shown."""
    return {
        model: LEAD if model.__name__ == "Lead" else f"{SYSTEM} OR portal_passes({key})"
        for model, key in hanging().items()
        if model.__name__ not in OUTSIDE
    }


def build(*, using: str = "default") -> None:
    """Put up the wall anew, as the owner of the tables."""
    connection = connections[using]
    quote = connection.ops.quote_name
    with transaction.atomic(using=using), connection.cursor() as cursor:
        cursor.execute(KEPT_FROM)
        cursor.execute(PASSES)
        for function in PAST:
            cursor.execute("SELECT to_regprocedure(%s) IS NULL", [function])
            if cursor.fetchone()[0]:
                continue  # the schema of an earlier day
            cursor.execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC")
            cursor.execute(
                f"GRANT EXECUTE ON FUNCTION {function} TO {quote(settings.RUNTIME_ROLE)}"
            )
        for model, shown in behind().items():
            table = quote(model._meta.db_table)
            cursor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            cursor.execute(f"DROP POLICY IF EXISTS need_to_know ON {table}")
            cursor.execute(f"CREATE POLICY need_to_know ON {table} USING ({shown})")


def build_after_migrate(sender: Any, using: str, **kwargs: Any) -> None:
    """As the receiver of a signal; does nothing for who does not own the tables."""
    if owns_tables(using=using):
        build(using=using)


def owns_tables(*, using: str = "default") -> bool:
    """Whether the connection has the rights of the owner of the tables of leads."""
    from leads.models import Lead

    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = %s::regclass",
            [Lead._meta.db_table],
        )
        return cursor.fetchone()[0]
