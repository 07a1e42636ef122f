"""The only writers of authenticators and recovery codes."""

from __future__ import annotations

import math
import secrets
import uuid

from django.db import transaction
from django.utils import timezone

from access.factors import codes
from access.factors.models import Authenticator, RecoveryCode
from access.factors.states import Checked
from access.permissions import needs_factor
from audit.machine import Conflict
from audit.models import Action
from audit.services import record
from departments.models import Account
from files.sealing import Unreadable
from messaging.services import send


def authenticator_of(account: Account) -> Authenticator | None:
    """The one that is in use or, before that, the one that is being set up."""
    return Authenticator.objects.filter(user=account).first()


def has_factor(account: Account) -> bool:
    return Authenticator.objects.filter(user=account, confirmed=True).exists()


def codes_left(account: Account) -> int:
    return RecoveryCode.objects.filter(account=account, used_at=None).count()


@transaction.atomic
def begin(*, account: Account) -> Authenticator:
    """A new secret to be brought to the phone; the one of an earlier attempt is forgotten.

    Conflict when an authenticator is in use already.
    """
    _lock(account)
    device = authenticator_of(account) or Authenticator(user=account)
    if device.confirmed:
        raise Conflict("已经绑定过手机。要换手机，请先解除原来的绑定。")
    device.key = secrets.token_bytes(codes.SECRET_BYTES)
    device.last_step, device.drift = -1, 0
    device.save()
    return device


@transaction.atomic
def confirm(*, account: Account, typed: str) -> tuple[Checked, list[str]]:
    """Put the authenticator to use, as `typed` shows that the phone has the secret.

    Returns also the recovery codes, which nobody can see again. Conflict when none is being set
    up.
    """
    _lock(account)
    device = authenticator_of(account)
    if device is None or device.confirmed:
        raise Conflict("没有正在进行的绑定，请重新开始。")
    checked = _check_app(device, codes.cleaned(typed))
    if not checked.passed:
        return checked, []
    device.confirmed = True
    device.save(update_fields=["confirmed"])
    record(action=Action.FACTOR_CHANGED, actor=account, obj=account, reason="绑定手机验证")
    _tell(account, "您的账号已绑定手机验证", "今后登录除密码外，还要输入手机上的验证码。")
    return checked, _renew(account)


@transaction.atomic
def check(*, account: Account, typed: str) -> Checked:
    """Whether `typed` is this moment's code of the person's phone, or an unused recovery code.

    On record either way. Of two who send the same code at once, one passes.
    """
    _lock(account)
    device = authenticator_of(account)
    code = codes.cleaned(typed)
    if device is None or not device.confirmed:
        return Checked(passed=False)
    look = _check_app if codes.is_of_the_app(code) else _check_paper
    checked = look(device, code)
    words = "" if checked.left is None else f"使用恢复码，剩余 {checked.left} 个"
    action = Action.FACTOR_PASSED if checked.passed else Action.FACTOR_FAILED
    record(action=action, actor=account, reason=words)
    if checked.left is not None:
        _tell(
            account, "您的一个恢复码已被使用", f"还剩 {checked.left} 个。不是您本人，请立即报告。"
        )
    return checked


@transaction.atomic
def renew_codes(*, account: Account, typed: str) -> tuple[Checked, list[str]]:
    """New recovery codes in place of all earlier ones, after a check."""
    checked = check(account=account, typed=typed)
    if not checked.passed:
        return checked, []
    record(action=Action.FACTOR_CHANGED, actor=account, obj=account, reason="重新生成恢复码")
    return checked, _renew(account)


@transaction.atomic
def remove(*, account: Account, typed: str) -> Checked:
    """Take the authenticator and the recovery codes away, after a check; also to change phones."""
    checked = check(account=account, typed=typed)
    if checked.passed:
        forget(account)
        words = "解除手机验证"
        record(action=Action.FACTOR_CHANGED, actor=account, obj=account, reason=words)
        again = "您的角色要求二次验证，请绑定新的手机。" if needs_factor.test(account) else ""
        _tell(account, "您的账号已解除手机验证", again or "今后登录只需要密码。")
    return checked


def forget(account: Account) -> bool:
    """Delete what the second factor of `account` is; whether there was anything."""
    RecoveryCode.objects.filter(account=account).delete()
    return bool(Authenticator.objects.filter(user=account).delete()[0])


def _check_app(device: Authenticator, code: str) -> Checked:
    if wait := _wait(device):
        return Checked(passed=False, wait=wait)
    try:
        passed = codes.is_of_the_app(code) and device.verify_token(code)
    except Unreadable:
        return Checked(passed=False, unreadable=True)
    return _settled(device, passed=passed)


def _check_paper(device: Authenticator, code: str) -> Checked:
    if wait := _wait(device):
        return Checked(passed=False, wait=wait)
    digest = codes.digest_of(code, account_id=device.user_id)
    unused = RecoveryCode.objects.filter(account_id=device.user_id, digest=digest, used_at=None)
    checked = _settled(device, passed=bool(unused.update(used_at=timezone.now())))
    if not checked.passed:
        return checked
    left = RecoveryCode.objects.filter(account_id=device.user_id, used_at=None).count()
    return Checked(passed=True, left=left)


def _wait(device: Authenticator) -> int:
    """The seconds that nobody looks at a code after wrong ones."""
    allowed, why = device.verify_is_allowed()
    if allowed:
        return 0
    return max(1, math.ceil((why["locked_until"] - timezone.now()).total_seconds()))


def _settled(device: Authenticator, *, passed: bool) -> Checked:
    if passed:
        device.throttle_reset(commit=False)
    else:
        device.throttle_increment(commit=False)
    device.save()
    return Checked(passed=passed)


def _renew(account: Account) -> list[str]:
    RecoveryCode.objects.filter(account=account).delete()
    fresh = codes.new_recovery_codes()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(account=account, digest=codes.digest_of(code, account_id=account.pk))
        for code in fresh
    )
    return [codes.in_fours(code) for code in fresh]


def _lock(account: Account) -> None:
    """One after the other: a code that two people send at once counts for one of them."""
    Account.objects.select_for_update(of=("self",)).filter(pk=account.pk).first()


def _tell(account: Account, title: str, body: str) -> None:
    send(
        recipients=[account],
        kind="access.factor",
        subject_key=f"account:{account.pk}",
        round=uuid.uuid4().hex,
        title=title,
        body=body,
        url="/account/",
    )
