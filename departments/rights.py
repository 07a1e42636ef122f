"""Changes of rights go on record in the database itself, by whatever way they are made.

Who did it is what `audit.services.attribute` has set in the transaction; without that, the role of
the database.
"""

import pgtrigger

_RECORD = """
    INSERT INTO audit_auditentry
        (action, actor_id, actor_name, address, object_type, object_label, reason, outcome)
    SELECT 'rights_changed', actor.id,
           coalesce(actor.username, '（数据库角色 ' || current_user || '）'),
           nullif(current_setting('portal.address', true), '')::inet, '账号',
           left(coalesce(account.username, '#' || {account}), 100), left({words}, 200), 'done'
    FROM (SELECT) AS one
    LEFT JOIN departments_account account ON account.id = {account}
    LEFT JOIN departments_account actor
      ON actor.id = nullif(current_setting('portal.actor', true), '')::bigint;
"""
#: The switches of an account, with the words for on and off.
_SWITCHES = {
    "is_active": ("启用账号", "停用账号"),
    "is_staff": ("授予后台权限", "撤销后台权限"),
    "is_superuser": ("授予全部权限", "撤销全部权限"),
}


def on_memberships(roles: list[tuple[str, str]]) -> pgtrigger.Trigger:
    """Who was given which role where, and who lost it. `roles` are the codes and their words."""
    cases = " ".join(f"WHEN '{code}' THEN '{label}'" for code, label in roles)

    def words(row: str, verb: str) -> str:
        unit = f"(SELECT name FROM departments_unit WHERE id = {row}.unit_id)"
        return (
            f"'{verb}：' || CASE {row}.role {cases} ELSE {row}.role END || '（' || {unit} || '）'"
        )

    given = _RECORD.format(account="NEW.account_id", words=words("NEW", "授予"))
    taken = _RECORD.format(account="OLD.account_id", words=words("OLD", "撤销"))
    return pgtrigger.Trigger(
        name="changes_are_on_record",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func=f"""
            IF TG_OP <> 'INSERT' THEN {taken} END IF;
            IF TG_OP <> 'DELETE' THEN {given} END IF;
            RETURN NULL;
        """,
    )


def on_accounts() -> pgtrigger.Trigger:
    """An account that is switched off or on, or that is given what no membership gives."""
    steps = "".join(
        f"IF NEW.{field} <> OLD.{field} THEN "
        + _RECORD.format(
            account="NEW.id",
            words=f"CASE WHEN NEW.{field} THEN '{on}' ELSE '{off}' END",
        )
        + " END IF;"
        for field, (on, off) in _SWITCHES.items()
    )
    return pgtrigger.Trigger(
        name="switches_are_on_record",
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf(*_SWITCHES),
        func=f"{steps} RETURN NULL;",
    )
