"""The steps of a paper that a unit signs: a report, a correction. One button each, on its page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from audit.machine import Conflict, Machine
from departments.permissions import require
from pages.forms import add_errors


@dataclass(frozen=True, kw_only=True)
class Steps:
    """What the steps of one kind of paper share.

    `find` is the paper that an address names, for who may see it, else a 404; `show` its page,
    with the form of a step as it was sent. `argument` is what services call the paper, `page` the
    name of its address. What is not complete is sent to be mended with the words `incomplete`.
    """

    machine: Machine
    argument: str
    page: str
    form: type[BaseForm]
    find: Callable[[HttpRequest, int], Any]
    show: Callable[[HttpRequest, Any, BaseForm], HttpResponse]
    mend: Callable[[Any], HttpResponse]
    incomplete: str

    def button(
        self, verb: str, service: Callable[..., Any], done: str, *words: str
    ) -> Callable[[HttpRequest, int], HttpResponse]:
        """The view behind the button `verb`: `service` is given the `words` of the form, by name.

        Who was slower is told; a missing reason is asked for, at its field.
        """

        @require_POST
        def view(request: HttpRequest, pk: int) -> HttpResponse:
            paper = self.find(request, pk)
            require(request.user, self.machine.who(verb), paper)
            form = self.form(request.POST)
            if not form.is_valid():
                return self.show(request, paper, form)
            given = {name: form.cleaned_data[name] for name in words}
            given |= {self.argument: paper, "expected_version": form.cleaned_data["version"]}
            try:
                service(actor=request.user, **given)
                messages.success(request, done)
            except Conflict as conflict:
                messages.error(request, str(conflict))
            except ValidationError as error:
                if "note" not in getattr(error, "error_dict", {}):
                    messages.error(request, self.incomplete)
                    return self.mend(paper)
                add_errors(form, error)
                return self.show(request, paper, form)
            return redirect(self.page, pk)

        return view
