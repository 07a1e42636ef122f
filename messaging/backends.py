"""E-mail for the try-out and for tests: letters become files."""

import hashlib
import os
import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage


class OneFilePerMessage(BaseEmailBackend):
    """Writes each letter to settings.EMAIL_FILE_PATH, in a file named by its Message-ID.

    A letter that is sent again lands in the same file. Files appear whole: they are written
    under another name, by this process alone, and renamed.
    """

    def __init__(self, *args: Any, file_path: str | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.folder = Path(file_path or settings.EMAIL_FILE_PATH)

    def send_messages(self, email_messages: list[EmailMessage]) -> int:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for letter in email_messages:
            self._write(letter)
        return len(email_messages)

    def _write(self, letter: EmailMessage) -> None:
        content = letter.message()
        target = self.folder / file_name(content["Message-ID"])
        partial = self.folder / f".{target.name}.{os.getpid()}"
        partial.write_bytes(content.as_bytes(linesep="\r\n"))
        partial.replace(target)


def file_name(message_id: str) -> str:
    """A file name for any Message-ID: readable where it can be, distinct always."""
    bare = message_id.strip().strip("<>")
    if re.fullmatch(r"[A-Za-z0-9._@-]{1,100}", bare) and not bare.startswith("."):
        return f"{bare}.eml"
    return f"{hashlib.sha256(message_id.encode()).hexdigest()}.eml"
