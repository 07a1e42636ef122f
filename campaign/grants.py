"""What the runtime role may do: read and write rows, but never alter tables or history.

Runs as the owner after every migration, so that a new table is usable at once and an
append-only one is append-only from its first row. What hangs on a lead it never deletes.
"""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connections

from audit.append_only import AppendOnly
from audit.models import AuditEntry
from leads.disposals.models import DisposalLog
from leads.hanging import is_kept


def grant_after_migrate(sender: Any, using: str, **kwargs: Any) -> None:
    grant(using=using)


def grant(*, using: str = "default") -> None:
    """Grant the runtime role its rights on every table; does nothing when run as that role."""
    connection = connections[using]
    role = connection.ops.quote_name(settings.RUNTIME_ROLE)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        if cursor.fetchone()[0] == settings.RUNTIME_ROLE:
            return
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
        cursor.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}")
        for model in apps.get_models(include_auto_created=True):
            if not model._meta.managed or model._meta.proxy:
                continue
            table = connection.ops.quote_name(model._meta.db_table)
            cursor.execute(f"REVOKE ALL ON {table} FROM {role}")
            rights = "SELECT, INSERT"
            if model is AuditEntry:
                # It may not choose an id: none can be slipped in between those that are sealed.
                columns = ", ".join(
                    connection.ops.quote_name(field.column)
                    for field in model._meta.concrete_fields
                    if not field.primary_key
                )
                rights = f"SELECT, INSERT ({columns})"
            elif model is DisposalLog:
                rights = "SELECT"  # written where the deletion is done, as the owner
            elif not issubclass(model, AppendOnly):
                rights += ", UPDATE" if is_kept(model) else ", UPDATE, DELETE"
            cursor.execute(f"GRANT {rights} ON {table} TO {role}")
        cursor.execute(TRIGGERS_HOLD)
        # A temporary table of a real one's name would be what triggers and policies read.
        database = connection.ops.quote_name(connection.settings_dict["NAME"])
        cursor.execute(f"REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC, {role}")


#: Every trigger asks this function whether it is to look away, and pgtrigger makes it anew with
#: every trigger. As pgtrigger has it, a setting of the session decides, which the runtime role can
#: make: `SET pgtrigger.ignore`. Here, the setting counts for who has the rights of the function's
#: owner alone, which the disposal of a lead has (`portal_dispose`).
TRIGGERS_HOLD = """
CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name name) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    ignored text := NULLIF(current_setting('pgtrigger.ignore', true), '');
BEGIN
    RETURN ignored IS NOT NULL
        AND trigger_name = ANY(ignored::text[])
        AND pg_has_role(current_user, (
            SELECT proowner FROM pg_proc
            WHERE oid = 'public._pgtrigger_should_ignore(name)'::regprocedure
        ), 'USAGE');
END $$
"""
