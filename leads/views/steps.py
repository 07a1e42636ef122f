"""What the pages of all steps share: the thing acted on, the way back, the form and the act."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from audit.machine import Conflict, Machine
from departments.permissions import require
from leads.forms import StepForm
from leads.lists.listing import Listing
from leads.machine import ASSIGNMENT, EXTENSION, LEAD
from leads.models import Assignment, Extension, Lead
from pages.forms import add_errors

#: The session's key for the address of the list as it was last seen: 返回 leads there.
LIST_QUERY = "leads_list_query"
#: How long after one's own step the same step again is taken for a second click.
SECOND_CLICK = dt.timedelta(minutes=1)
#: How many steps of others are shown to who was slower.
RECENT_STEPS = 3


def remember_list(request: HttpRequest) -> None:
    """Keep the address of this list for `list_url`; the session is written when it is another."""
    query = request.GET.urlencode()
    if request.session.get(LIST_QUERY) != query:
        request.session[LIST_QUERY] = query


def list_url(request: HttpRequest) -> str:
    """The list as the person left it, with tab, filter and page."""
    query = request.session.get(LIST_QUERY, "")
    return reverse("leads:list") + (f"?{query}" if query else "")


def neighbours(request: HttpRequest, lead: Lead) -> dict[str, str]:
    """The addresses of the leads before and after this one in the list as the person left it.

    Asked of the list by the place of `lead`, so that a lead which has left the list meanwhile (it
    is no longer to do) still leads on to the next. Empty where no list was opened.
    """
    query = request.session.get(LIST_QUERY)
    if query is None:
        return {}
    listing = Listing.of(request.user, query)
    before, after = listing.order.neighbours(listing.leads.only("number"), lead)
    return {
        "previous_url": reverse("leads:detail", args=[before.number]) if before else "",
        "next_url": reverse("leads:detail", args=[after.number]) if after else "",
    }


def breadcrumbs(request: HttpRequest, *labels: str) -> list[dict[str, str]]:
    """As on every page, but the step up leads to the list as it was left."""
    above = [("首页", reverse("home")), ("线索", list_url(request))]
    return [{"label": label, "url": url} for label, url in [*above, *((one, "") for one in labels)]]


@dataclass(frozen=True)
class Step:
    """A step on a thing: a lead, an assignment or a request for more time, named by its verbs.

    `during` is for steps that move nothing: the states in which they can be taken.
    """

    lead: Lead
    thing: Lead | Assignment | Extension
    machine: Machine
    verbs: tuple[str, ...]
    during: Collection[str] = ()
    label: str = ""

    def passed(self) -> str:
        """Why the step cannot be taken as the thing stands; empty when it can."""
        if self.during:
            return "" if self.thing.state in self.during else self._passed(self.label)
        if any(self.machine.knows(verb, self.thing) for verb in self.verbs):
            return ""
        return self.machine.passed(self.verbs[-1], self.thing)

    def _passed(self, label: str) -> str:
        return f"当前状态已是“{self.thing.get_state_display()}”，不能再{label}。"

    def was_just_taken_by(self, user: Any) -> bool:
        """Whether the last step of all was this one, by the same person, a moment ago."""
        last = self.lead.events.order_by("-pk").first()
        return (
            last is not None
            and last.verb in self.verbs
            and last.actor_id == user.pk
            and timezone.now() - last.at < SECOND_CLICK
        )


def lead_step(
    request: HttpRequest,
    number: str,
    *verbs: str,
    who: Any = None,
    during: Collection[str] = (),
    label: str = "",
) -> Step:
    """The step on the lead, for a person who may ever take it: else 404 or 403."""
    lead = get_object_or_404(Lead.objects.visible_to(request.user), number=number)
    require(request.user, who or LEAD.who(*verbs), lead)
    return Step(lead, lead, LEAD, verbs, during, label)


def assignment_step(
    request: HttpRequest,
    pk: int,
    *verbs: str,
    who: Any = None,
    during: Collection[str] = (),
    label: str = "",
) -> Step:
    assignments = Assignment.objects.visible_to(request.user).select_related("lead", "unit")
    assignment = get_object_or_404(assignments, pk=pk)
    require(request.user, who or ASSIGNMENT.who(*verbs), assignment)
    return Step(assignment.lead, assignment, ASSIGNMENT, verbs, during, label)


def extension_step(request: HttpRequest, pk: int, verb: str) -> Step:
    extensions = Extension.objects.visible_to(request.user)
    extension = get_object_or_404(
        extensions.select_related("assignment__lead", "assignment__unit"), pk=pk
    )
    require(request.user, EXTENSION.who(verb), extension)
    return Step(extension.assignment.lead, extension, EXTENSION, (verb,))


def act(
    request: HttpRequest,
    step: Step,
    *,
    form: BaseForm,
    title: str,
    submit: str,
    done: str,
    run: Callable[[dict[str, Any]], Any],
) -> HttpResponse:
    """Show the form of one step, or take the step.

    Who was slower than others is told what they did, and keeps what was typed: it can be sent
    again where the step is still open, and copied where it is not.
    """
    if request.method != "POST":
        passed = step.passed()
        if passed:
            messages.info(request, passed)
            return redirect("leads:detail", step.lead.number)
    elif _are_valid(form, getattr(form, "beside", None)):
        values = dict(form.cleaned_data)
        if "version" in values:
            values["expected_version"] = values.pop("version")
        try:
            run(values)
        except Conflict as conflict:
            return _slower(request, step, form, str(conflict), title=title, submit=submit)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, f"线索 {step.lead.number} {done}")
            return _back(request, step.lead)
    return _page(request, step, form, title=title, submit=submit)


def _are_valid(*forms: BaseForm | None) -> bool:
    """Whether all are; each is asked, so that each shows what is wrong with it."""
    answers = [form.is_valid() for form in forms if form is not None]
    return all(answers)


def press(
    request: HttpRequest,
    step: Step,
    *,
    done: str,
    run: Callable[[int | None], Any],
    versioned: bool = True,
) -> HttpResponse:
    """Take a step that is a single button.

    Where it matters what its page showed (`versioned`), the button carries the version.
    """
    form = StepForm(request.POST)
    form.fields["version"].required = versioned
    if not form.is_valid():
        messages.error(request, "没有办理：请刷新页面后再试。")
        return _back(request, step.lead)
    try:
        run(form.cleaned_data["version"])
        messages.success(request, f"线索 {step.lead.number} {done}")
    except Conflict as conflict:
        if step.was_just_taken_by(request.user):
            messages.info(request, "已经办理过，没有重复办理。")
        else:
            messages.error(request, str(conflict))
    except ValidationError as error:
        messages.error(request, "；".join(error.messages))
    return _back(request, step.lead)


def _back(request: HttpRequest, lead: Lead) -> HttpResponse:
    """To the lead, as long as the person still sees it."""
    if Lead.objects.visible_to(request.user).filter(pk=lead.pk).exists():
        return redirect("leads:detail", lead.number)
    return redirect(list_url(request))


def _slower(
    request: HttpRequest, step: Step, form: BaseForm, conflict: str, **words: str
) -> HttpResponse:
    step.lead.refresh_from_db()
    step.thing.refresh_from_db()
    if step.was_just_taken_by(request.user):
        messages.info(request, "已经办理过，没有重复办理。")
        return _back(request, step.lead)
    if not Lead.objects.visible_to(request.user).filter(pk=step.lead.pk).exists():
        messages.error(request, conflict)
        return redirect(list_url(request))
    # What was typed stays; sent again, it answers to what the page now shows.
    form.data = form.data.copy()
    form.data["version"] = getattr(step.thing, "version", "")
    recent = step.lead.events_for(request.user)[-RECENT_STEPS:]
    return _page(
        request, step, form, conflict=conflict, recent=recent, passed=step.passed(), **words
    )


def _page(request: HttpRequest, step: Step, form: BaseForm, **context: Any) -> HttpResponse:
    lead = step.lead
    context["uploads"] = getattr(form, "beside", None)
    context |= {"form": form, "lead": lead, "back_url": reverse("leads:detail", args=[lead.number])}
    context["breadcrumbs"] = breadcrumbs(request, lead.number, context["title"])
    context["breadcrumbs"][-2]["url"] = context["back_url"]
    return render(request, "leads/step_form.html", context)
