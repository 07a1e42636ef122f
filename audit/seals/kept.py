"""The ends of the chain as they were written down before: what a shortened one does not have."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from django.conf import settings

from audit.seals.models import Verification
from audit.seals.verifying import BadHead, Head

logger = logging.getLogger(__name__)
#: So much of the end of the file is read: some weeks of seals.
TAIL_BYTES = 1024 * 1024


def kept_heads() -> list[Head]:
    """Those of earlier verifications, and those at the end of the file that the settings name."""
    noted = Verification.objects.exclude(head="").values_list("head", flat=True)
    return [Head.parse(text) for text in noted] + _in_file()


def _in_file() -> list[Head]:
    if not settings.PORTAL_AUDIT_HEAD_FILE:
        return []
    try:
        with Path(settings.PORTAL_AUDIT_HEAD_FILE).open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL_BYTES))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError as error:
        logger.warning("the kept heads of the audit chain were not read: %s", type(error).__name__)
        return []
    found = []
    for line in lines:
        try:
            found.append(Head.parse(line))
        except BadHead:
            continue  # the first line may begin before what was read
    return found
