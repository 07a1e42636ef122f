"""What is said where the words pass through other hands: the title, and no number of a lead."""

from __future__ import annotations

import re

from django.conf import settings

from messaging.models import Message

#: A lead's number, with the brackets and the word around it.
NUMBER = re.compile(r"[（(]?(?:线索\s*)?[0-9A-Za-z_]+(?:-[0-9A-Za-z_]+)*-\d{4}-\d{3,}[）)]?")


def words(message: Message) -> str:
    title = " ".join(NUMBER.sub("", message.title).split())
    return f"【{settings.PORTAL_NAME}】{title or '您有新的提醒'}。请登录平台查看。"
