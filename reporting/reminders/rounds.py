"""The rounds in which a week's report is asked for. This is the one place to declare them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Round:
    """A round: its code, and the field of the period that says when it is due."""

    code: str
    due_field: str


ROUNDS = (Round("friday", "remind_at"),)
