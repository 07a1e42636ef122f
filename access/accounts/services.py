"""The only writers of accounts and proposals. Roles are written by `departments.services`."""

from __future__ import annotations

import secrets
import uuid

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from access.accounts.models import RoleProposal
from access.accounts.permissions import grants_roles, makes_accounts, resets_password_of
from access.accounts.querysets import accounts_for, memberships_for, proposals_for
from access.factors import codes
from access.factors import services as factors
from access.sessions.services import end_all
from audit.machine import Conflict
from audit.models import Action
from audit.services import attribute, record
from departments.models import Account, Membership, Unit
from departments.permissions import require
from departments.roles import ADMIN_ROLES, Role
from departments.services import grant, require_separation, revoke
from messaging.services import send

INITIAL_LENGTH = 12


@transaction.atomic
def create(
    *, actor: Account, username: str, full_name: str, email: str, unit: Unit, role: str
) -> tuple[Account, str]:
    """A new account without rights, a proposal of its role, and its initial password.

    The password is told once; whoever signs in with it chooses another. ValidationError when the
    name is taken or wrong.
    """
    require(actor, makes_accounts)
    account, password = _made(username=username, full_name=full_name, email=email)
    record(action=Action.RIGHTS_CHANGED, actor=actor, obj=account, reason="建立账号")
    propose(actor=actor, account=account, unit=unit, role=role)
    return account, password


@transaction.atomic
def begin_administrator(*, username: str, full_name: str, unit: Unit, role: str) -> str:
    """The first administrators, from the command line; returns the initial password.

    On record under the role of the database.
    """
    account, password = _made(username=username, full_name=full_name, email="")
    grant(account=account, unit=unit, role=role)
    return password


@transaction.atomic
def propose(*, actor: Account, account: Account, unit: Unit, role: str) -> RoleProposal:
    """Ask the security administrator for a role. ValidationError when it is held or asked for."""
    require(actor, makes_accounts)
    if unit.jurisdiction_id not in actor.jurisdictions_as(Role.SYSTEM_ADMIN):
        raise PermissionDenied
    if account.pk == actor.pk:
        raise ValidationError("不能为自己申请角色。")
    if Membership.objects.filter(account=account, unit=unit, role=role).exists():
        raise ValidationError("已经担任这个角色。")
    require_separation(account, role)
    proposal = RoleProposal(account=account, unit=unit, role=role, proposed_by=actor)
    proposal.full_clean()
    proposal.save()
    words = f"申请授予：{proposal.get_role_display()}（{unit.name}）"
    record(action=Action.RIGHTS_CHANGED, actor=actor, obj=account, reason=words)
    return proposal


@transaction.atomic
def decide(*, actor: Account, proposal: RoleProposal, is_granted: bool, reason: str) -> None:
    """Grant what was proposed, or refuse it. Conflict when somebody decided it before.

    Who is given a role signs in anew with it. ValidationError when it would break a separation.
    """
    require(actor, grants_roles)
    row = proposals_for(actor).select_for_update(of=("self",)).get(pk=proposal.pk)
    if row.is_granted is not None:
        raise Conflict("这项申请已经有人决定了。")
    if actor.pk in (row.proposed_by_id, row.account_id):
        raise ValidationError("不能决定自己的或者自己提出的申请。")
    row.decided_by, row.decided_at = actor, timezone.now()
    row.is_granted, row.reason = is_granted, reason
    row.full_clean(exclude=["account", "unit", "proposed_by"])
    row.save(update_fields=["decided_by", "decided_at", "is_granted", "reason"])
    if is_granted:
        grant(account=row.account, unit=row.unit, role=row.role, actor=actor)
        end_all(account=row.account, actor=actor, reason="角色变更")
    else:
        words = f"不同意授予：{row.get_role_display()}（{row.unit.name}）。{reason}"
        record(action=Action.RIGHTS_CHANGED, actor=actor, obj=row.account, reason=words)


@transaction.atomic
def take(*, actor: Account, membership: Membership, reason: str) -> None:
    """Take a role from a person. Refused for one's own. Their sessions end."""
    require(actor, grants_roles)
    if membership.account_id == actor.pk:
        raise ValidationError("不能撤销自己的角色。")
    account = membership.account
    _leave_one(Membership.objects.filter(pk=membership.pk))
    if not memberships_for(actor).filter(pk=membership.pk).exists():
        raise Conflict("这个角色已经撤销。")
    revoke(membership=membership, actor=actor)
    words = f"撤销理由：{reason}"
    record(action=Action.RIGHTS_CHANGED, actor=actor, obj=account, reason=words)
    end_all(account=account, actor=actor, reason="角色变更")


@transaction.atomic
def switch(*, actor: Account, account: Account, is_active: bool, reason: str) -> None:
    """Switch an account off or on. Refused for one's own. Conflict when it is so already."""
    require(actor, makes_accounts)
    if account.pk == actor.pk:
        raise ValidationError("不能停用自己的账号。")
    if not is_active:
        _leave_one(account.memberships.all())
    attribute(actor)
    found = accounts_for(actor).filter(pk=account.pk).exclude(is_active=is_active)
    if not Account.objects.filter(pk__in=found.values("pk")).update(is_active=is_active):
        raise Conflict("账号已经是这个状态。")
    words = f"{'启用' if is_active else '停用'}理由：{reason}"
    record(action=Action.RIGHTS_CHANGED, actor=actor, obj=account, reason=words)
    if not is_active:
        end_all(account=account, actor=actor, reason="停用账号")


@transaction.atomic
def reset_password(*, actor: Account, account: Account, seen: str, reason: str) -> str:
    """A new initial password, told once; the person's sessions end and they are told.

    Conflict when the password has changed since `seen`: a second click makes no second one.
    """
    require(actor, resets_password_of, account)
    row = _locked(actor, account)
    if seen != mark_of_password(row):
        raise Conflict("这个账号的密码刚刚改过，请重新打开本页。")
    password = _initial_password()
    row.set_password(password)
    row.password_set_at = timezone.now()
    row.save(update_fields=["password", "must_change_password", "password_set_at"])
    _note_reset(actor, row, "重置密码", reason)
    return password


@transaction.atomic
def reset_factor(*, actor: Account, account: Account, reason: str) -> None:
    """Take away the second factor of a person who lost it; their sessions end, they are told."""
    require(actor, grants_roles)
    row = _locked(actor, account)
    if not factors.forget(row):
        raise Conflict("这个账号没有绑定手机验证。")
    _note_reset(actor, row, "重置手机验证", reason)


def mark_of_password(account: Account) -> str:
    """Differs whenever the password was set anew."""
    return account.password_set_at.isoformat() if account.password_set_at else "-"


def _locked(actor: Account, account: Account) -> Account:
    if account.pk == actor.pk:
        raise ValidationError("不能重置自己的账号，请由另一位管理员办理。")
    if not accounts_for(actor).filter(pk=account.pk).exists():
        raise PermissionDenied
    return Account.objects.select_for_update(of=("self",)).get(pk=account.pk)


def _note_reset(actor: Account, account: Account, what: str, reason: str) -> None:
    """On record with its reason; the person hears of it, and so do the auditors of the town."""
    words = f"{what}：{reason}"
    record(action=Action.CREDENTIALS_RESET, actor=actor, obj=account, reason=words)
    end_all(account=account, actor=actor, reason=what)
    kind = next(role for role in ADMIN_ROLES if actor.has_role(role))
    told = {"kind": "access.reset", "subject_key": f"account:{account.pk}"}
    told["round"] = uuid.uuid4().hex
    send(
        recipients=[account],
        title=f"{kind.label}为您的账号{what}",
        body="如果不是您要求的，请立即向主任和审计员报告。",
        url="/account/",
        **told,
    )
    towns = actor.jurisdictions_as(kind)
    auditors = Account.objects.filter(
        memberships__role=Role.AUDITOR, memberships__unit__jurisdiction_id__in=towns
    ).distinct()
    # Which account it was stands in the trail: a message may be read over a shoulder.
    send(recipients=auditors, title=f"{kind.label}{what}一次", url="/audit/", **told)


def _leave_one(memberships: QuerySet[Membership]) -> None:
    """ValidationError where one of `memberships` is the last of its kind: each town keeps an
    administrator of each of the three kinds who can sign in.

    Who asks at the same time about another of the kind waits: one of them is refused.
    """
    for membership in memberships.filter(role__in=ADMIN_ROLES, account__is_active=True):
        town = membership.unit.jurisdiction_id
        same = Membership.objects.filter(role=membership.role, unit__jurisdiction=town)
        held = list(same.select_for_update(of=("self",)).order_by("pk").values("account"))
        others = {row["account"] for row in held} - {membership.account_id}
        if not Account.objects.filter(pk__in=others, is_active=True).exists():
            label = membership.get_role_display()
            raise ValidationError(f"本镇只有这一个在用的{label}，请先把这个角色授予另一个人。")


def _made(*, username: str, full_name: str, email: str) -> tuple[Account, str]:
    password = _initial_password()
    account = Account(username=username, full_name=full_name, email=email)
    account.set_password(password)
    account.password_set_at = timezone.now()
    account.full_clean()
    account.save(force_insert=True)
    return account, password


def _initial_password() -> str:
    signs = "".join(secrets.choice(codes.ALPHABET) for _ in range(INITIAL_LENGTH))
    return codes.in_fours(signs).lower()
