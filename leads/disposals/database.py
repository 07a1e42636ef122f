"""The functions of the database through which alone a lead is deleted.

The runtime role deletes nothing that hangs on a lead (`campaign.grants`). `portal_dispose` does it
as the owner of the tables, for one item of a batch that two people have agreed to, and writes the
log in the same transaction. It is made anew after every migration from the models that hang on a
lead (`leads.hanging`), so that a new table is deleted from without a word. What it forgot would
keep the lead: foreign keys are checked before it returns.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import connections, models, transaction

from files.models import StoredFile
from leads.disposals.blockers import BLOCKERS
from leads.disposals.states import BatchState, Decision, ItemOutcome
from leads.hanging import hanging, rows_of
from leads.wall import owns_tables

SAFE = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"
#: A lead and those that were merged into it: they go together.
FAMILY = f"""
CREATE FUNCTION portal_lead_family(lead_key bigint) RETURNS bigint[]
LANGUAGE sql STABLE {SAFE} AS $$
    WITH RECURSIVE family(id) AS (
        SELECT id FROM leads_lead WHERE id = lead_key
        UNION
        SELECT part.id FROM leads_lead part JOIN family ON part.merged_into_id = family.id
    )
    SELECT COALESCE(array_agg(id ORDER BY id), '{{}}') FROM family
$$
"""
BLOCKED = """
CREATE FUNCTION portal_disposal_blockers(lead_key bigint) RETURNS text[]
LANGUAGE plpgsql STABLE {safe} AS $$
DECLARE
    family bigint[] := portal_lead_family(lead_key);
BEGIN
    RETURN array_remove(ARRAY[{cases}], NULL);
END $$
"""
DISPOSE = """
CREATE FUNCTION portal_dispose(item_key bigint, OUT blockers text[], OUT files text[])
LANGUAGE plpgsql VOLATILE {safe} AS $$
DECLARE
    item leads_disposalitem;
    batch leads_disposalbatch;
    family bigint[];
    numbers text[];
    counted jsonb := '{{}}';
    gone bigint;
BEGIN
    -- Whoever holds the lead, takes it up again or merges another into it locks it first, and so
    -- does this: the lead before the item.
    SELECT * INTO STRICT item FROM leads_disposalitem WHERE id = item_key;
    PERFORM FROM leads_lead WHERE id = item.lead_key FOR UPDATE;
    SELECT * INTO STRICT item FROM leads_disposalitem WHERE id = item_key FOR UPDATE;
    SELECT * INTO STRICT batch FROM leads_disposalbatch WHERE id = item.batch_id FOR SHARE;
    IF NOT COALESCE(
        item.outcome = '{waiting}' AND item.decision = '{dispose}' AND batch.state = '{running}'
        AND item.kept_until <= (now() AT TIME ZONE '{zone}')::date
        AND batch.approved_by_id <> batch.proposed_by_id
        AND batch.approved_by_id <> batch.reviewed_by_id
        AND batch.approved_by_id <> item.decided_by_id, false)
    THEN
        RAISE EXCEPTION 'two people have not agreed to dispose of item %', item_key
            USING ERRCODE = 'check_violation';
    END IF;
    family := portal_lead_family(item.lead_key);
    PERFORM FROM leads_lead WHERE id = ANY(family) ORDER BY id FOR UPDATE;
    IF item.lead_key <> ALL(family) OR family = '{{}}' THEN
        RAISE EXCEPTION 'the lead of item % is gone', item_key USING ERRCODE = 'check_violation';
    END IF;
    blockers := portal_disposal_blockers(item.lead_key);
    IF blockers <> '{{}}' THEN
        RETURN;
    END IF;
    numbers := ARRAY(SELECT number FROM leads_lead
                     WHERE id = ANY(family) AND id <> item.lead_key ORDER BY id);
    -- The triggers that keep these rows look away, for the owner alone (`campaign.grants`).
    PERFORM set_config('pgtrigger.ignore', (
        SELECT array_agg(tgname)::text FROM pg_trigger
        WHERE tgrelid = ANY(ARRAY[{tables}]::regclass[]) AND (tgtype & 8) <> 0
          AND NOT tgisinternal
    ), true);
{files}
{deletions}
    PERFORM set_config('pgtrigger.ignore', '', true);
    UPDATE leads_disposalitem SET outcome = '{disposed}', outcome_at = now() WHERE id = item_key;
    INSERT INTO leads_disposallog (
        jurisdiction_id, batch_id, number, merged, kind, rule_version, years, ended_on, kept_until,
        proposed_by_id, reviewed_by_id, approved_by_id, approved_at, deleted
    ) VALUES (
        batch.jurisdiction_id, batch.id, item.number, numbers, item.kind, item.rule_version,
        item.years, item.ended_on, item.kept_until, batch.proposed_by_id, batch.reviewed_by_id,
        batch.approved_by_id, batch.approved_at, counted
    );
    -- Whatever still refers to the lead, the deletion does not outlive this line.
    SET CONSTRAINTS ALL IMMEDIATE;
    SET CONSTRAINTS ALL DEFERRED;
END $$
"""
DELETION = """\
    DELETE FROM {table} WHERE {rows};
    GET DIAGNOSTICS gone = ROW_COUNT;
    IF gone > 0 THEN counted := counted || jsonb_build_object('{table}', gone); END IF;
"""
#: What was split off goes on by itself; its timeline keeps the number.
SPLIT = """\
    UPDATE leads_lead SET split_from_id = NULL
    WHERE split_from_id = ANY(family) AND id <> ALL(family);
"""
#: What the runtime role may call, and what these call.
OPEN = ("portal_dispose(bigint)", "portal_disposal_blockers(bigint)")
FUNCTIONS = (*OPEN, "portal_lead_family(bigint)")


def statements() -> list[str]:
    """The functions as they are made, in order."""
    cases = ", ".join(
        f"CASE WHEN EXISTS ({blocker.sql}) THEN '{blocker.code}' END" for blocker in BLOCKERS
    )
    deletions, tables = [SPLIT], [StoredFile._meta.db_table]
    # What hangs on another is deleted before it.
    for model in reversed(hanging()):
        table = model._meta.db_table
        tables.append(table)
        deletions.append(DELETION.format(table=table, rows=rows_of(model, "family")))
    stored = StoredFile._meta.db_table
    deletions.append(DELETION.format(table=stored, rows="public_id = ANY(files::uuid[])"))
    return [
        FAMILY,
        BLOCKED.format(safe=SAFE, cases=cases),
        DISPOSE.format(
            safe=SAFE,
            zone=settings.TIME_ZONE,
            waiting=ItemOutcome.WAITING.value,
            dispose=Decision.DISPOSE.value,
            disposed=ItemOutcome.DISPOSED.value,
            running=BatchState.RUNNING.value,
            tables=", ".join(f"'{table}'" for table in tables),
            files=_files(),
            deletions="".join(deletions),
        ),
    ]


def _files() -> str:
    """Which stored files the rows about to go use: their bytes are deleted after the commit."""
    used = [
        f"SELECT {field.column} FROM {model._meta.db_table} WHERE {rows_of(model, 'family')}"
        for model in hanging()
        for field in _file_fields(model)
    ]
    among = " UNION ALL ".join(used)
    stored = StoredFile._meta.db_table
    return f"    files := ARRAY(SELECT public_id::text FROM {stored} WHERE id IN ({among}));"


def _file_fields(model: type[models.Model]) -> list[models.Field]:
    fields = model._meta.concrete_fields
    return [field for field in fields if field.related_model is StoredFile]


def build(*, using: str = "default") -> None:
    """Make the functions anew, as the owner of the tables, for the runtime role to call."""
    connection = connections[using]
    role = connection.ops.quote_name(settings.RUNTIME_ROLE)
    with transaction.atomic(using=using), connection.cursor() as cursor:
        for name in FUNCTIONS:
            cursor.execute(f"DROP FUNCTION IF EXISTS {name}")
        for statement in statements():
            cursor.execute(statement)
        for name in FUNCTIONS:
            cursor.execute(f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC")
        for name in OPEN:
            cursor.execute(f"GRANT EXECUTE ON FUNCTION {name} TO {role}")


def build_after_migrate(sender: Any, using: str, **kwargs: Any) -> None:
    """As the receiver of a signal; does nothing for who does not own the tables."""
    if owns_tables(using=using):
        build(using=using)
