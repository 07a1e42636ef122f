"""What is known of a file's harmlessness."""

from django.db import models


class ScanState(models.TextChoices):
    QUARANTINED = "quarantined", "等待查毒"
    CLEAN = "clean", "已查毒"
    INFECTED = "infected", "发现病毒，已封存"
    UNSCANNED = "unscanned", "未查毒"


#: The tone of the dot beside a state's word (docs/frontend.md).
TONES = {
    ScanState.QUARANTINED: "warn",
    ScanState.CLEAN: "ok",
    ScanState.INFECTED: "late",
    ScanState.UNSCANNED: "idle",
}
#: Files that may be handed out.
SERVED = (ScanState.CLEAN, ScanState.UNSCANNED)
#: Files that a scanner has yet to look at.
TO_SCAN = (ScanState.QUARANTINED, ScanState.UNSCANNED)
#: The only changes: what a scanner says, once.
VERDICTS = [
    (source.value, verdict.value)
    for source in TO_SCAN
    for verdict in (ScanState.CLEAN, ScanState.INFECTED)
]
