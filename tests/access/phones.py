"""The app on a person's phone, as a test holds it."""

from __future__ import annotations

import base64
import re

from django_otp.oath import TOTP

from access.factors import services
from access.models import Authenticator
from departments.models import Account


class Phone:
    """Knows the secret, and what code it shows `steps` of 30 seconds from now."""

    def __init__(self, secret: bytes) -> None:
        self.secret = secret

    @classmethod
    def scanning(cls, page: str) -> Phone:
        """The key as it stands beside the picture."""
        typed = re.search(r'factor-key">([A-Z2-7 ]+)<', page).group(1).replace(" ", "")
        return cls(base64.b32decode(typed + "=" * (-len(typed) % 8)))

    def code(self, steps: int = 0) -> str:
        return f"{TOTP(self.secret, drift=steps).token():06}"


def bind(account: Account) -> tuple[Phone, list[str]]:
    """A phone in use, and the recovery codes; no code of it is used up yet."""
    phone = Phone(services.begin(account=account).key)
    checked, codes = services.confirm(account=account, typed=phone.code())
    assert checked.passed
    Authenticator.objects.filter(user=account).update(last_step=-1, drift=0)
    return phone, codes
