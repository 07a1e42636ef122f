"""Working days: the table of holidays and make-up days, what is counted by it, and its page."""

from departments.calendar.days import (
    WorkingDays,
    guess_note,
    hold,
    seed,
    shift,
    years_without_data,
)

__all__ = ["WorkingDays", "guess_note", "hold", "seed", "shift", "years_without_data"]
