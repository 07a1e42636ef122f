"""The words of query codes."""

from django.db import models

from leads.states import LeadState


class Way(models.TextChoices):
    """How an addition (补充) came from the reporter."""

    PHONE = "phone", "电话"
    IN_PERSON = "in_person", "当面"
    WRITTEN = "written", "书面"
    WEB = "web", "公开网页"


#: What the clerk can choose; the public page is none of their ways.
CLERKS_WAYS = [(way.value, way.label) for way in Way if way != Way.WEB]


class Standing(models.TextChoices):
    """All that a code tells of a lead: never a unit, a person, a finding."""

    REGISTERED = "registered", "已登记"
    UNDER_WAY = "under_way", "正在办理"
    DECLINED = "declined", "不予受理"
    ENDED = "ended", "已办结"


#: What is behind each word, as the reporter is told.
EXPLAINED = {
    Standing.REGISTERED: "您反映的情况已经收到，正在等待受理。",
    Standing.UNDER_WAY: "您反映的情况已经受理，正在依法核查办理。",
    Standing.DECLINED: "经审查，您反映的情况不属于本办受理范围，或者目前无法开展核查。"
    "有新的情况可以补充。",
    Standing.ENDED: "您反映的情况已经办结。有新的情况可以补充。",
}
#: A lead that was put away stands as it stood before; see `leads.codes.asking.standing_of`.
STANDINGS = {
    LeadState.REGISTERED: Standing.REGISTERED,
    LeadState.ACCEPTED: Standing.UNDER_WAY,
    LeadState.ASSESSED: Standing.UNDER_WAY,
    LeadState.ASSIGNED: Standing.UNDER_WAY,
    LeadState.VERIFYING: Standing.UNDER_WAY,
    LeadState.REPORTED_BACK: Standing.UNDER_WAY,
    LeadState.AWAITING_CLOSURE: Standing.UNDER_WAY,
    LeadState.REFERRED: Standing.UNDER_WAY,
    LeadState.MERGED: Standing.UNDER_WAY,
    LeadState.DECLINED: Standing.DECLINED,
    LeadState.CLOSED: Standing.ENDED,
}
