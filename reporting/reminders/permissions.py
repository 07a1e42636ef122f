"""Who settles a town's reminders."""

from departments.permissions import is_director

#: The director of an office settles its town's; the rest of the office reads them.
can_settle_reminders = is_director
