"""What is counted."""

from django.db import models


class Measure(models.TextChoices):
    LEAD_STATE = "lead_state", "线索状态"
    LEAD_DOMAIN = "lead_domain", "在办线索领域"
    LEAD_DUE = "lead_due", "办理期限"
    LEAD_WEEK = "lead_week", "本周线索"
    LEAD_FINDING = "lead_finding", "本周办结结论"
    REPORT_STATUS = "report_status", "周报报送"


#: The key of open leads whose domain nobody has settled; the lead list's word for "none".
NO_DOMAIN = "null"

#: The measures that tell more of a lead than how it stands.
OF_WHAT_IT_IS = (Measure.LEAD_DOMAIN, Measure.LEAD_FINDING)
