"""The steps of a report: the buttons of its page, and those of the board for several at once."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from departments.permissions import is_office, require
from reporting.periods.models import ReportPeriod
from reporting.steps import Steps
from reporting.weekly import services
from reporting.weekly.forms import ReceiveForm, StepForm
from reporting.weekly.machine import WEEKLY
from reporting.weekly.models import WeeklyReport
from reporting.weekly.receiving import receive_each
from reporting.weekly.views import reading


def _mend(report: WeeklyReport) -> HttpResponse:
    return redirect("reporting:edit", report.period_id, report.unit.code)


STEPS = Steps(
    machine=WEEKLY,
    argument="report",
    page="reporting:report",
    form=StepForm,
    find=reading.visible,
    show=reading.show,
    mend=_mend,
    incomplete="周报还有未填或有误的内容，请先修改补全。",
)
submit = STEPS.button("submit", services.submit, "已送主要负责人签字。")
withdraw = STEPS.button("withdraw", services.withdraw, "已撤回，可以继续修改。")
sign = STEPS.button("sign", services.sign, "已签字报送扫黑办。")
receive = STEPS.button("receive", services.receive, "已签收。")
give_back = STEPS.button("return", services.give_back, "已退回，并已通知报送单位。", "note")


@require_POST
def receive_several(request: HttpRequest, period_id: int) -> HttpResponse:
    """Receive the reports that were ticked on the week's board, and say what became of each."""
    period = get_object_or_404(ReportPeriod.objects.visible_to(request.user), pk=period_id)
    require(request.user, is_office)
    form = ReceiveForm(request.POST)
    if form.is_valid():
        outcomes = receive_each(actor=request.user, period=period, versions=form.versions)
        received = [one.unit for one in outcomes if one.is_received]
        if received:
            messages.success(request, f"已签收 {len(received)} 份：{'、'.join(received)}。")
        for one in outcomes:
            if not one.is_received:
                messages.error(request, f"{one.unit}未签收：{one.words}" if one.unit else one.words)
    else:
        messages.error(request, form.errors["report"][0])
    return redirect(f"{reverse('reporting:board')}?period={period.pk}")
