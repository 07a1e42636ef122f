"""The only writers of rewards and their tiers."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from audit.machine import Conflict
from audit.models import Action
from audit.seen import require_seen
from audit.services import record
from departments.acting import as_system
from departments.models import Account, Unit
from departments.roles import Role
from leads import due
from leads.audience import barred_from
from leads.codes import asking
from leads.machine import LEAD
from leads.models import Lead
from leads.permissions import can_handle, is_barred
from leads.rewards.machine import REWARD
from leads.rewards.models import Reward, RewardTier
from leads.rewards.permissions import FIRST_APPROVER, SECOND_APPROVER
from leads.rewards.states import RewardState
from leads.states import Finding, LeadState, ReporterKind
from messaging import services as messaging

#: What is rewarded: a matter that has ended and was found to be so, at least in part.
REWARDED = (Finding.PROVEN, Finding.PARTLY_PROVEN)
ENDED = (LeadState.CLOSED, LeadState.ARCHIVED)
#: What whoever approves declares by ticking it.
STATEMENT = "已核对：举报人不是因职责知悉线索的人员，也不是其近亲属；同一事项最先举报的人领取。"


def can_be_rewarded(lead: Lead) -> bool:
    return lead.state in ENDED and lead.finding in REWARDED


def first_reported(lead: Lead) -> Lead | None:
    """The lead of the matter that came first from a reporter; None where none did.

    Also one that is kept from whoever asks: it does not come second for that.
    """
    with as_system():
        matter, last = {lead.pk}, {lead.pk}
        while last:
            merged = Lead.objects.filter(merged_into__in=last).values_list("pk", flat=True)
            last = set(merged) - matter
            matter |= last
        reported = Lead.objects.filter(pk__in=matter).exclude(reporter_kind=ReporterKind.NONE)
        return reported.order_by("received_on", "pk").first()


@transaction.atomic
def propose(
    *,
    lead: Lead,
    actor: Account,
    tier: RewardTier,
    amount: int,
    basis: str,
    submission: uuid.UUID,
) -> Reward:
    """Propose a reward for whoever reported the matter of `lead` first.

    The same `submission` again gives the same reward. Conflict when the lead is not to be rewarded
    or has a reward; ValidationError for an amount out of the tier, or a reporter without a code.
    """
    row = LEAD.lock(lead)
    if not can_handle.test(actor, row):
        raise PermissionDenied
    there = row.rewards.in_force().first()
    if there is not None and there.submission == submission:
        return there
    if there is not None:
        raise Conflict(f"这条线索已有奖励 {there.number}（{there.get_state_display()}）。")
    if not can_be_rewarded(row):
        raise Conflict("只有办结并且查实或部分查实的线索可以奖励。")
    if tier.jurisdiction_id != row.jurisdiction_id or not tier.is_active:
        raise ValidationError({"tier": "请选择启用的档次。"})
    if not tier.low <= amount <= tier.high:
        raise ValidationError({"amount": f"该档次为 {tier.low} 至 {tier.high} 元。"})
    # Under the town's lock, so that of two at once the second finds the first.
    number = _number(row)
    first = _beneficiary(row, actor)
    made = Reward(
        number=number,
        submission=submission,
        lead=row,
        beneficiary=first,
        tier=tier,
        tier_name=tier.name,
        low=tier.low,
        high=tier.high,
        amount=amount,
        basis=basis.strip(),
        proposed_by=actor,
    )
    made.clean_fields(
        exclude=["first_by", "first_at", "second_by", "second_at", "paid_by", "paid_at", "code"]
    )
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:
        raise Conflict("这次提交已经用过，请重新打开页面。") from None
    made.record(actor=actor, verb="propose", source="", target=made.state, note="")
    _put_on_record(made, actor, f"提出 {amount} 元")
    _tell(made, FIRST_APPROVER, actor, "有举报奖励待初审")
    return made


def _beneficiary(lead: Lead, actor: Account) -> Lead:
    """The lead of whoever is rewarded for the matter of `lead`, by a proposal of `actor`."""
    with as_system():
        first = first_reported(lead)
        is_kept = first is not None and is_barred.test(actor, first)
        has_code = first is not None and first.codes.in_force().exists()
        is_rewarded = Reward.objects.in_force().filter(beneficiary=first).exists()
    if is_kept:
        # Neither told of it, nor to meet the reporter who comes for the money.
        raise Conflict("这条线索的奖励请由扫黑办其他工作人员提出。")
    if is_rewarded:
        raise Conflict("最先举报这件事的人已有奖励，不能重复奖励。")
    if not has_code:
        raise ValidationError("最先举报的人没有查询码，无法凭码领取；请先发放或补发查询码。")
    return first


@transaction.atomic
def approve(*, reward: Reward, actor: Account, statement: bool, expected_version: int) -> Reward:
    """The first approval, or the second: which one follows from where the reward stands.

    ValidationError unless the person declares the `STATEMENT`.
    """
    row = REWARD.lock(reward)
    transition = REWARD.check(row, "approve", actor=actor)
    _require_rewardable(row)
    if not statement:
        raise ValidationError({"statement": "请核对后勾选。"})
    which = "first" if row.state == RewardState.PROPOSED else "second"
    changes = {f"{which}_by": actor, f"{which}_at": timezone.now()}
    row = REWARD.step(
        row, "approve", actor=actor, note=STATEMENT, expected_version=expected_version, **changes
    )
    _put_on_record(row, actor, transition.label)
    if which == "first":
        _tell(row, SECOND_APPROVER, actor, "有举报奖励待复审")
    return row


def _require_rewardable(reward: Reward) -> None:
    """Under a lock, so that a restart at the same time comes before or after."""
    if not can_be_rewarded(LEAD.lock(reward.lead)):
        raise Conflict("线索已经重启或改变结论，不能批准或发放奖励。")


@transaction.atomic
def reject(*, reward: Reward, actor: Account, note: str, expected_version: int) -> Reward:
    row = REWARD.step(reward, "reject", actor=actor, note=note, expected_version=expected_version)
    _put_on_record(row, actor, "不同意")
    return row


@transaction.atomic
def withdraw(*, reward: Reward, actor: Account, note: str, expected_version: int) -> Reward:
    row = REWARD.step(reward, "withdraw", actor=actor, note=note, expected_version=expected_version)
    _put_on_record(row, actor, "撤回")
    return row


def pay(*, reward: Reward, actor: Account, code: str, expected_version: int) -> Reward:
    """The money is handed to whoever presents `code`: that of the lead that came first.

    ValidationError for a wrong code, on record; it counts as a wrong one everywhere
    (`leads.codes.asking`). Conflict when the lead is not to be rewarded any more.
    """
    try:
        with asking.one_attempt(actor):
            row = REWARD.lock(reward)
            REWARD.check(row, "pay", actor=actor)
            _require_rewardable(row)
            found = asking.find(code)
            fits = found is not None and found.lead_id == row.beneficiary_id
            if fits:
                row = REWARD.step(
                    row,
                    "pay",
                    actor=actor,
                    note=f"凭证号 {found.serial}",
                    expected_version=expected_version,
                    paid_by=actor,
                    paid_at=timezone.now(),
                    code=found,
                )
                _put_on_record(row, actor, f"发放 {row.amount} 元，凭证号 {found.serial}")
            else:
                record(action=Action.CODE_WRONG, actor=actor, obj=reward)
    except asking.TooMany as refused:
        raise ValidationError({"code": str(refused)}) from None
    if not fits:
        raise ValidationError({"code": "查询码不是这笔奖励的。请核对；已补发过的，以新码为准。"})
    return row


@transaction.atomic
def save_tier(
    *,
    tier: RewardTier | None,
    town: Unit,
    actor: Account,
    seen: str | None = None,
    **values: Any,
) -> RewardTier:
    """Add a tier of the town, or change one; rewards that were proposed keep what they had.

    ValidationError for a bad one; Conflict when the row no longer is what `actor` has `seen`.
    """
    if town.pk not in actor.jurisdictions_as(Role.DIRECTOR):
        raise PermissionDenied
    if tier is None:
        row = RewardTier(jurisdiction=town)
        before: dict[str, str] = {}
    else:
        row = RewardTier.objects.of(town.pk).select_for_update(of=("self",)).get(pk=tier.pk)
        before = tier_words(row)
        require_seen(before, seen)
    for name, value in values.items():
        setattr(row, name, value)
    row.full_clean()
    row.save()
    after = tier_words(row)
    if after != before:
        words = "；".join(f"{label}：{value}" for label, value in after.items())
        record(action=Action.SETTINGS_CHANGED, actor=actor, obj=row, reason=words)
    return row


def tier_words(tier: RewardTier) -> dict[str, str]:
    """Every field of the tier as a person reads it."""
    return {
        "档次": tier.name,
        "金额": f"{tier.low}—{tier.high} 元",
        "启用": "是" if tier.is_active else "否",
    }


def _number(lead: Lead) -> str:
    """JL, the town, the year, and a number that has no gaps: the town's row is locked."""
    town = Unit.objects.select_for_update(of=("self",)).get(pk=lead.jurisdiction_id)
    mark = f"JL-{town.code.upper()}-{due.today().year}-"
    count = Reward.objects.filter(number__startswith=mark).count()
    return f"{mark}{count + 1:04d}"


def _put_on_record(reward: Reward, actor: Account, words: str) -> None:
    record(action=Action.REWARD_STEP, actor=actor, obj=reward, reason=words)


def _tell(reward: Reward, role: Role, actor: Account, title: str) -> None:
    """Those who are next, by the reward's number alone."""
    people = Account.objects.filter(
        is_active=True,
        memberships__role=role,
        memberships__unit__jurisdiction=reward.lead.jurisdiction_id,
    ).distinct()
    kept = barred_from([reward.lead_id])[reward.lead_id]
    messaging.send(
        recipients=people.exclude(pk__in=kept | {actor.pk}),
        kind="reward_waits",
        subject_key=f"reward:{reward.pk}",
        round=reward.state,
        title=f"{title}（{reward.number}）",
        body=f"举报奖励 {reward.number}：{title}。请登录平台办理。",
        url=reverse("leads:reward", args=[reward.number]),
    )
