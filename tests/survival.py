"""Settings of real workers and schedulers on a test's database: letters are files, and slow."""

import os
import time
from collections.abc import Sequence

from django.core.mail.message import EmailMessage

from campaign.settings.test import *
from campaign.settings.test import DATABASES, RUNTIME_ROLE
from messaging.backends import OneFilePerMessage

DATABASES["default"]["NAME"] = os.environ["SURVIVAL_DATABASE"]
DATABASES["default"]["OPTIONS"] = {"options": f"-c role={RUNTIME_ROLE}"}
EMAIL_BACKEND = "tests.survival.Slow"
EMAIL_FILE_PATH = os.environ["SURVIVAL_MAIL"]


class Slow(OneFilePerMessage):
    """So slow that a worker is killed in the middle of a letter as often as between two."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        time.sleep(0.03)
        return super().send_messages(email_messages)
