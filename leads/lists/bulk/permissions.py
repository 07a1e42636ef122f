"""Who may start which act on many leads. Each lead is asked for again when its turn comes."""

from departments.permissions import is_office
from leads.lists.bulk.models import BulkAction
from leads.permissions import can_search_leads

ALLOWED = {
    BulkAction.ASSIGN: is_office,
    BulkAction.REMIND: is_office,
    BulkAction.EXPORT: can_search_leads,
}
