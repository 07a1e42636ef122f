"""Changing one's own password."""

from typing import Any

from django.contrib.auth.views import PasswordChangeView
from django.http import HttpResponse

from access.passwords import services
from access.passwords.forms import OwnPasswordForm
from access.sessions.services import end_others
from departments.models import Account


class OwnPassword(PasswordChangeView):
    """Ends the person's other sessions. Whoever has an initial password reaches only this."""

    form_class = OwnPasswordForm

    def form_valid(self, form: OwnPasswordForm) -> HttpResponse:
        response = super().form_valid(form)
        key = self.request.session.session_key
        end_others(account=self.request.user, keep=key, reason="修改密码")
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        # Asked of the database again: the form may have a new password in its hands.
        account = Account.objects.get(pk=self.request.user.pk)
        due = services.is_due(account)
        return super().get_context_data(**kwargs) | {
            "due": due,
            "has_expired": due and not account.must_change_password,
            "layout": "base_plain.html" if due else "base.html",
        }
