"""The only writers of units, accounts and memberships."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from audit.machine import Conflict
from departments.models import Account, Membership, Unit, UnitKind
from departments.permissions import can_edit_contact
from departments.roles import ADMIN_ROLES


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
    if row.contact_mark != seen:
        raise Conflict("联系方式刚刚被其他人修改过，请核对后再保存。")
    row.hotline, row.mailbox, row.address, row.hours = hotline, mailbox, address, hours
    row.full_clean(exclude=["path", "depth", "numchild"])
    row.save(update_fields=["hotline", "mailbox", "address", "hours"])
    return row


@transaction.atomic
def grant(*, account: Account, unit: Unit, role: str) -> Membership:
    """Give `account` the role at `unit`; ValidationError when it would break a separation."""
    held = set(account.memberships.values_list("role", flat=True)) - {role}
    if held and (role in ADMIN_ROLES or held & ADMIN_ROLES):
        raise ValidationError("管理员账号不能兼任其他角色。")
    try:
        with transaction.atomic():
            membership, _ = Membership.objects.get_or_create(account=account, unit=unit, role=role)
    except IntegrityError as error:
        raise ValidationError("管理员账号不能兼任其他角色。") from error
    return membership
