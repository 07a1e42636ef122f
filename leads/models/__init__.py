"""Leads, their assignments to units, what units found, and the timeline of it all."""

from leads.models.assignment import Assignment
from leads.models.dictionaries import Channel, Conduct
from leads.models.feedback import Feedback
from leads.models.lead import ALLEGATION_LIMIT, Lead, NumberSeries
from leads.models.subject import Subject
from leads.models.timeline import LeadEvent

__all__ = [
    "ALLEGATION_LIMIT",
    "Assignment",
    "Channel",
    "Conduct",
    "Feedback",
    "Lead",
    "LeadEvent",
    "NumberSeries",
    "Subject",
]
