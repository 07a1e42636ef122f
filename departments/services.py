"""The only writers of units, accounts and memberships."""

import secrets
from collections.abc import Callable

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, models, transaction

from audit.models import Action
from audit.seen import require_seen
from audit.services import attribute, record
from departments.models import Account, DictionaryEntry, Membership, Unit, UnitKind
from departments.permissions import can_edit_contact, directs_every_town
from departments.roles import are_apart

#: What apps above do, in the same transaction, when a person is given a role or another name.
_followers: list[Callable[[Account], None]] = []


def follow_people(react: Callable[[Account], None]) -> None:
    """Have `react` called for every account that is given a role or renamed. Once per app."""
    if react not in _followers:
        _followers.append(react)


@transaction.atomic
def add_unit(
    *, parent: Unit | None, code: str, name: str, kind: UnitKind, **fields: object
) -> Unit:
    """A new unit below `parent` (a root without one). Its town follows from where it stands."""
    unit = Unit(code=code, name=name, kind=kind, **fields)
    if kind not in (UnitKind.TOWN, UnitKind.DISTRICT):
        if parent is None:
            raise ValidationError("单位必须隶属于乡镇。")
        unit.jurisdiction_id = parent.jurisdiction_id
    unit.full_clean(exclude=["path", "depth", "numchild"])
    if parent:
        unit = Unit.objects.add_child(parent, instance=unit)
    else:
        unit = Unit.objects.add_root(instance=unit)
    if kind == UnitKind.TOWN:
        Unit.objects.filter(pk=unit.pk).update(jurisdiction=unit)
        unit.jurisdiction = unit
    return unit


@transaction.atomic
def set_contact(
    *,
    unit: Unit,
    actor: Account,
    seen: str,
    hotline: str,
    mailbox: str,
    address: str,
    hours: str,
) -> Unit:
    """Publish how a unit is reached. Conflict when it no longer says what `actor` has `seen`."""
    if not can_edit_contact.test(actor, unit):
        raise PermissionDenied
    row = Unit.objects.select_for_update().get(pk=unit.pk)
    before = contact_words(row)
    require_seen(before, seen)
    row.hotline, row.mailbox, row.address, row.hours = hotline, mailbox, address, hours
    row.full_clean(exclude=["path", "depth", "numchild"])
    row.save(update_fields=["hotline", "mailbox", "address", "hours"])
    if contact_words(row) != before:
        record(action=Action.SETTINGS_CHANGED, actor=actor, obj=row, reason="修改联系方式")
    return row


def contact_words(unit: Unit) -> dict[str, str]:
    """What is published of a unit, by its labels."""
    fields = ("hotline", "mailbox", "address", "hours")
    return {str(unit._meta.get_field(name).verbose_name): getattr(unit, name) for name in fields}


#: What cannot be held together, as `departments.roles.are_apart` says it.
APART = "管理员账号不能兼任其他角色，举报人信息保管员的账号也不能。"


@transaction.atomic
def grant(*, account: Account, unit: Unit, role: str, actor: Account | None = None) -> Membership:
    """Give `account` the role at `unit`; ValidationError when it would break a separation.

    On record by `departments.rights`, as the act of `actor` or, from the command line, of none.
    """
    if actor is not None:
        attribute(actor)
    require_separation(account, role)
    try:
        with transaction.atomic():
            membership, _ = Membership.objects.get_or_create(account=account, unit=unit, role=role)
    except IntegrityError as error:
        raise ValidationError(APART) from error
    _tell_followers(account)
    return membership


def require_separation(account: Account, role: str) -> None:
    """ValidationError where nobody may hold `role` beside what the account holds."""
    for held in account.memberships.values_list("role", flat=True):
        if are_apart(held, role):
            raise ValidationError(APART)


@transaction.atomic
def revoke(*, membership: Membership, actor: Account) -> None:
    """Take a role from a person, as the act of `actor`. On record by `departments.rights`."""
    attribute(actor)
    account = membership.account
    Membership.objects.filter(pk=membership.pk).delete()
    _tell_followers(account)


@transaction.atomic
def rename(*, account: Account, full_name: str) -> Account:
    """Correct a person's name. What was signed under the old one stays as it was."""
    account.full_name = full_name
    account.clean_fields(exclude={"password", "password_set_at", "username", "email"})
    account.save(update_fields=["full_name"])
    _tell_followers(account)
    return account


def _tell_followers(account: Account) -> None:
    for react in _followers:
        react(account)


@transaction.atomic
def add_entry(
    *, model: type[DictionaryEntry], actor: Account, name: str, **flags: bool
) -> DictionaryEntry:
    """A new last row of a dictionary. ValidationError when the name is taken or too long."""
    _require_editor(actor)
    last = model.objects.order_by("position").last()
    position = last.position + 1 if last else 1
    code = f"x{secrets.token_hex(6)}"
    entry = model(code=code, name=name.strip(), position=position, **flags)
    entry.full_clean()
    entry.save()
    _note_change(actor, entry, f"新增：{entry.name}")
    return entry


@transaction.atomic
def edit_entry(
    *,
    entry: DictionaryEntry,
    actor: Account,
    name: str,
    is_active: bool,
    seen: str | None = None,
    **flags: bool,
) -> DictionaryEntry:
    """Rename a row, switch it or one of its flags off or on; what uses it shows its new name.

    ValidationError when the name is taken, or when the list would be left without any choice;
    Conflict when the row no longer is what `actor` has `seen` (`audit.seen`).
    """
    _require_editor(actor)
    rows = {row.pk: row for row in type(entry).objects.select_for_update().order_by("pk")}
    row = rows[entry.pk]
    require_seen(entry_words(row), seen)
    words = _set(row, name=name.strip(), is_active=is_active, **flags)
    row.full_clean()
    if not any(one.is_active for one in rows.values()):
        raise ValidationError({"is_active": "至少要保留一项启用。"})
    if words:
        row.save()
        _note_change(actor, row, "；".join(words))
    return row


def entry_words(row: DictionaryEntry) -> dict[str, str]:
    """What can be edited of a row, as a person reads it."""
    switches = {name: getattr(row, name) for name in ("is_active", *row.flags())}
    labels = {name: str(row._meta.get_field(name).verbose_name) for name in switches}
    return {"名称": row.name} | {
        labels[name]: "是" if value else "否" for name, value in switches.items()
    }


def _set(row: DictionaryEntry, *, name: str, **switches: bool) -> list[str]:
    """Set the fields; returns what that changes, in words."""
    words = [f"改名：{row.name} → {name}"] if row.name != name else []
    row.name = name
    for field, value in switches.items():
        if getattr(row, field) != value:
            setattr(row, field, value)
            label = row._meta.get_field(field).verbose_name
            words.append(label if value else f"不再{label}")
    return words


@transaction.atomic
def move_entry(*, entry: DictionaryEntry, actor: Account, up: bool) -> None:
    """Change places with the row above or below; the first and the last stay."""
    _require_editor(actor)
    if (place := reorder(type(entry).objects.all(), entry.pk, up=up)) is not None:
        _note_change(actor, entry, f"次序改为第 {place} 位")


def reorder(rows: models.QuerySet, key: int, *, up: bool) -> int | None:
    """Number `rows` anew with the one of this `key` moved by one; its place, None if it stays."""
    # Locked in an order that does not change, so that two who move rows wait and do not embrace.
    locked = rows.select_for_update(of=("self",)).order_by("pk")
    ordered = sorted(locked, key=lambda row: (row.position, row.pk))
    place = next(place for place, row in enumerate(ordered) if row.pk == key)
    target = place + (-1 if up else 1)
    if not 0 <= target < len(ordered):
        return None
    ordered.insert(target, ordered.pop(place))
    for position, row in enumerate(ordered, 1):
        row.position = position
    rows.model.objects.bulk_update(ordered, ["position"])
    return target + 1


def _require_editor(actor: Account) -> None:
    if not directs_every_town.test(actor):
        raise PermissionDenied


def _note_change(actor: Account, entry: DictionaryEntry, words: str) -> None:
    record(action=Action.SETTINGS_CHANGED, actor=actor, obj=entry, reason=words)
