"""The roles that a person can hold at a unit."""

from django.db import models


class Role(models.TextChoices):
    OFFICE = "office", "扫黑办工作人员"
    DIRECTOR = "director", "扫黑办主任"
    LIAISON = "liaison", "单位联络员"
    LEADER = "leader", "单位主要负责人"
    TOWN_LEADER = "town_leader", "镇领导"
    CUSTODIAN = "custodian", "举报人信息保管员"
    SYSTEM_ADMIN = "system_admin", "系统管理员"
    SECURITY_ADMIN = "security_admin", "安全管理员"
    AUDITOR = "auditor", "审计员"


#: Those who work a lead for the whole town; the director also approves.
OFFICE_ROLES = frozenset({Role.OFFICE, Role.DIRECTOR})
#: Those who act for one unit.
UNIT_ROLES = frozenset({Role.LIAISON, Role.LEADER})
#: Those to whom the second wall (`leads.wall`) opens the leads of their whole town.
SEES_TOWN = OFFICE_ROLES | {Role.TOWN_LEADER, Role.CUSTODIAN}
#: Those who, named in a lead, bar their whole unit from it; another names only himself.
BARRING_ROLES = UNIT_ROLES | {Role.DIRECTOR}
#: Three separate people: none of them holds another role, nor sees a lead.
ADMIN_ROLES = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR})


def are_apart(one: str, other: str) -> bool:
    """Whether nobody holds both: an administrator holds nothing else, nor does who keeps reporters'
    names, so that a handler is told a name by a release alone.
    """
    return one != other and bool({one, other} & (ADMIN_ROLES | {Role.CUSTODIAN}))
