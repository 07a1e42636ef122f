"""The pages of rewards: the ledger, one reward and its steps, the tiers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from audit.machine import Conflict
from audit.seen import mark_of
from departments.models import Account, Unit
from departments.permissions import is_director, require
from jobs.asking import ask_for_export
from leads.forms import ReasonForm
from leads.models import Lead
from leads.rewards import services
from leads.rewards.forms import ApproveForm, PayForm, ProposeForm, TierForm
from leads.rewards.machine import REWARD
from leads.rewards.models import Reward, RewardTier
from leads.rewards.permissions import can_propose, sees_rewards
from leads.views.steps import breadcrumbs
from pages.forms import add_conflict, add_errors
from pages.keyset import count_label, page_of

FORMS = ["GET", "HEAD", "POST"]


@require_safe
def ledger(request: HttpRequest) -> HttpResponse:
    """All rewards of the town, newest first; under serials, never names."""
    require(request.user, sees_rewards)
    rewards = Reward.objects.visible_to(request.user).select_related("lead", "code")
    context = {
        "page": page_of(rewards, request),
        "may_settle": is_director.test(request.user),
        "breadcrumbs": breadcrumbs(request, "举报奖励"),
    }
    return render(request, "leads/rewards/ledger.html", context)


@require_http_methods(FORMS)
def export(request: HttpRequest) -> HttpResponse:
    require(request.user, sees_rewards)
    rewards = Reward.objects.visible_to(request.user)
    return ask_for_export(
        request,
        "reward_ledger",
        params=lambda _given: {},
        about=f"{count_label(rewards)}；只有凭证号，没有姓名",
        back_url=reverse("leads:rewards"),
        breadcrumbs=_crumbs(request, "导出奖励台账"),
    )


@require_safe
def reward_detail(request: HttpRequest, number: str) -> HttpResponse:
    reward = _reward(request, number)
    verbs = {transition.verb for transition in REWARD.open_to(request.user, reward)}
    context = {
        "reward": reward,
        "verbs": verbs,
        "events": reward.events.all(),
        "breadcrumbs": _crumbs(request, reward.number),
    }
    return render(request, "leads/rewards/reward.html", context)


@require_http_methods(FORMS)
def lead_reward(request: HttpRequest, number: str) -> HttpResponse:
    """Propose a reward for a lead that has ended."""
    lead = get_object_or_404(Lead.objects.visible_to(request.user), number=number)
    require(request.user, can_propose, lead)
    there = lead.rewards.in_force().first()
    if request.method != "POST" and (there or not services.can_be_rewarded(lead)):
        if there is None:
            messages.info(request, "只有办结并且查实或部分查实的线索可以奖励。")
            return redirect("leads:detail", lead.number)
        return redirect("leads:reward", there.number)
    if not RewardTier.objects.of(lead.jurisdiction_id).active().exists():
        messages.info(request, "还没有可用的奖励档次，请先由主任设定。")
        return redirect(*_where_tiers_are_set(request.user, lead))
    form = ProposeForm(request.POST or None, town=lead.jurisdiction_id)
    made: list[Reward] = []

    def run(values: dict[str, Any]) -> None:
        made.append(services.propose(lead=lead, actor=request.user, **values))

    if _done(request, form, run, "已提出，等待初审。"):
        return redirect("leads:reward", made[0].number)
    return _form_page(
        request,
        form,
        title="提出举报奖励",
        submit="提出",
        about=f"线索 {lead.number}　{lead.get_finding_display()}",
        back=reverse("leads:detail", args=[lead.number]),
    )


def _where_tiers_are_set(user: Account, lead: Lead) -> tuple[str, ...]:
    if is_director.test(user):
        return ("leads:reward_tiers",)
    return ("leads:detail", lead.number)


@require_http_methods(FORMS)
def reward_approve(request: HttpRequest, number: str) -> HttpResponse:
    return _step(request, number, "approve", ApproveForm, "审批举报奖励", "同意", services.approve)


@require_http_methods(FORMS)
def reward_reject(request: HttpRequest, number: str) -> HttpResponse:
    return _step(request, number, "reject", ReasonForm, "不同意奖励", "不同意", services.reject)


@require_http_methods(FORMS)
def reward_withdraw(request: HttpRequest, number: str) -> HttpResponse:
    return _step(request, number, "withdraw", ReasonForm, "撤回奖励", "撤回", services.withdraw)


@require_http_methods(FORMS)
def reward_pay(request: HttpRequest, number: str) -> HttpResponse:
    return _step(request, number, "pay", PayForm, "凭码发放奖励", "确认发放", services.pay)


def _step(
    request: HttpRequest,
    number: str,
    verb: str,
    form_class: type[BaseForm],
    title: str,
    submit: str,
    run: Callable[..., Reward],
) -> HttpResponse:
    reward = _reward(request, number)
    if not REWARD.allows(request.user, reward, verb):
        require(request.user, REWARD.who(verb), reward)
        messages.info(request, REWARD.passed(verb, reward))
        return redirect("leads:reward", reward.number)
    form = form_class(request.POST or None, initial={"version": reward.version})

    def take(values: dict[str, Any]) -> None:
        values["expected_version"] = values.pop("version")
        run(reward=reward, actor=request.user, **values)

    if _done(request, form, take, "已办理。"):
        return redirect("leads:reward", reward.number)
    about = f"{reward.number}　{reward.tier_name} {reward.amount} 元"
    back = reverse("leads:reward", args=[reward.number])
    return _form_page(request, form, title=title, submit=submit, about=about, back=back)


@require_http_methods(FORMS)
def tiers(request: HttpRequest) -> HttpResponse:
    """The tiers of the town that the person directs, and a new one."""
    town = Unit.objects.directed_by(request.user)
    form = TierForm(request.POST or None, instance=RewardTier(jurisdiction=town))
    if _done(request, form, _saving(request, None, town), "已新增。"):
        return redirect("leads:reward_tiers")
    context = {
        "form": form,
        "tiers": RewardTier.objects.of(town.pk),
        "breadcrumbs": _crumbs(request, "奖励档次"),
    }
    return render(request, "leads/rewards/tiers.html", context)


@require_http_methods(FORMS)
def tier(request: HttpRequest, pk: int) -> HttpResponse:
    town = Unit.objects.directed_by(request.user)
    row = get_object_or_404(RewardTier.objects.of(town.pk), pk=pk)
    initial = {"seen": mark_of(services.tier_words(row))}
    form = TierForm(request.POST or None, instance=row, initial=initial)
    if _done(request, form, _saving(request, row, town), "已保存。", row):
        return redirect("leads:reward_tiers")
    back = reverse("leads:reward_tiers")
    return _form_page(request, form, title="修改奖励档次", submit="保存", back=back)


def _saving(
    request: HttpRequest, row: RewardTier | None, town: Unit
) -> Callable[[dict[str, Any]], None]:
    def save(values: dict[str, Any]) -> None:
        services.save_tier(tier=row, town=town, actor=request.user, **values)

    return save


def _done(
    request: HttpRequest,
    form: BaseForm,
    run: Callable[[dict[str, Any]], None],
    words: str,
    tier: RewardTier | None = None,
) -> bool:
    """Whether the form was sent, was right and is done; what was wrong stands on the form."""
    if request.method != "POST" or not form.is_valid():
        return False
    try:
        run(dict(form.cleaned_data))
    except Conflict as conflict:
        now = services.tier_words(RewardTier.objects.get(pk=tier.pk)) if tier else {}
        add_conflict(form, str(conflict), mark_of(now))
        return False
    except ValidationError as error:
        add_errors(form, error)
        return False
    messages.success(request, words)
    return True


def _reward(request: HttpRequest, number: str) -> Reward:
    rewards = Reward.objects.visible_to(request.user).select_related(
        "lead", "beneficiary", "code", "proposed_by", "first_by", "second_by", "paid_by"
    )
    return get_object_or_404(rewards, number=number)


def _form_page(
    request: HttpRequest,
    form: BaseForm,
    *,
    title: str,
    submit: str,
    about: str = "",
    back: str = "",
) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "submit": submit,
        "about": about,
        "back_url": back or reverse("leads:rewards"),
        "breadcrumbs": _crumbs(request, title),
    }
    return render(request, "step_form.html", context)


def _crumbs(request: HttpRequest, label: str) -> list[dict[str, str]]:
    crumbs = breadcrumbs(request, "举报奖励", label)
    crumbs[-2]["url"] = reverse("leads:rewards")
    return crumbs
