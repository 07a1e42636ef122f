"""What must hold of the settings before the portal starts."""

from typing import Any

from django.conf import settings
from django.core.checks import Error, register

from departments.roles import Role


@register()
def roles_that_need_a_factor(**kwargs: Any) -> list[Error]:
    """A misspelt role would be asked for nothing, and nobody would notice."""
    unknown = sorted(set(settings.PORTAL_FACTOR_ROLES) - set(Role.values))
    if not unknown:
        return []
    words = f"PORTAL_FACTOR_ROLES 中有不认识的角色：{'、'.join(unknown)}"
    return [Error(words, hint=f"可用：{'、'.join(Role.values)}", id="access.E001")]
