"""Give every town the form that its reports have been written on, as version 1."""

import datetime as dt
from typing import Any

from django.db import migrations

PROGRESS, LEADS, CASES = "工作进展", "线索摸排", "案件侦办"
PUBLICITY, AHEAD = "宣传发动", "问题和打算"


def figure(code: str, label: str, block: str, unit: str = "件", **more: Any) -> dict[str, Any]:
    usual = {"help": "", "smallest": 0, "largest": 999_999, "required": True, "counted": False}
    usual |= {"part_of": "", "result_of": "", "kinds": [], "is_active": True}
    return {"code": code, "label": label, "block": block, "unit": unit} | usual | more


def text(code: str, label: str, block: str, **more: Any) -> dict[str, Any]:
    usual = {"help": "", "longest": 2000, "required": False, "kinds": [], "is_active": True}
    return {"code": code, "label": label, "block": block} | usual | more


DEFINITION = {
    "blocks": [PROGRESS, LEADS, CASES, PUBLICITY, AHEAD],
    "figures": [
        figure(
            "major",
            "重大事项",
            PROGRESS,
            help="重大线索、重大案件须第一时间另行上报，这里只填件数。",
        ),
        figure("found", "新摸排线索", LEADS, counted=True),
        figure("transferred", "移交线索", LEADS, counted=True),
        figure("taken", "签收线索", LEADS, counted=True),
        figure("in_hand", "在办线索", LEADS, help="截至填报时。", counted=True),
        figure("proven", "查实", CASES, help="含部分查实。", counted=True),
        figure("disproven", "查否", CASES, counted=True),
        figure("doubtful", "存疑", CASES, help="含无法核查。", counted=True),
        figure("cases", "立案", CASES, counted=True, part_of="proven"),
        figure("events", "宣传活动", PUBLICITY, "场"),
        figure("leaflets", "发放资料", PUBLICITY, "份", result_of="events"),
        figure("people", "受众人数", PUBLICITY, "人次", result_of="events"),
    ],
    "texts": [
        text(
            "progress",
            "本周工作进展",
            PROGRESS,
            required=True,
            help="写做了什么，不写线索内容、举报人和被反映人姓名。",
        ),
        text("problems", "存在问题", AHEAD),
        text("next_steps", "下步打算", AHEAD),
    ],
}


def begin(apps: Any, schema_editor: Any) -> None:
    towns = apps.get_model("departments", "Unit").objects.filter(kind="town")
    version = apps.get_model("reporting", "FormVersion")
    version.objects.bulk_create(
        version(jurisdiction=town, version=1, from_week=dt.date(2000, 1, 1), definition=DEFINITION)
        for town in towns
    )


class Migration(migrations.Migration):
    dependencies = [("reporting", "0007_form_versions")]

    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
