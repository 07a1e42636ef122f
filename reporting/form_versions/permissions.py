"""Who sees the town's forms, and who settles a new one."""

from departments.permissions import is_director, is_office

can_see_forms = is_office
can_settle_forms = is_director
