"""How the leads pages show a state."""

from django import template

from leads.states import TONES

register = template.Library()


@register.filter
def tone(state: str) -> str:
    """The tone of the dot beside the word of a lead's or an assignment's state."""
    return TONES.get(state, "active")
