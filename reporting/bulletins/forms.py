"""What the pages of bulletins ask."""

from __future__ import annotations

from typing import Any

from django import forms

from leads.forms.steps import StepForm
from reporting.bulletins.filing import GROUPS, exempt_units
from reporting.bulletins.models import LISTS, TITLE_LIMIT, WORDS, WORDS_LIMIT, Bulletin


def _words(label: str, rows: int, help_text: str = "") -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, max_length=WORDS_LIMIT, widget=widget, help_text=help_text)


def _units(label: str, help_text: str) -> forms.TypedMultipleChoiceField:
    return forms.TypedMultipleChoiceField(
        label=label,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=help_text,
    )


class BulletinForm(StepForm):
    """The words of a draft, and whom it praises and names."""

    title = forms.CharField(label="标题", max_length=TITLE_LIMIT)
    situation = _words("总体情况", 5, "每行一段。")
    praised = _units(
        "表扬单位", "默认是连续四周按时报送的单位；免报的周不算，应报不满四周的不列入。"
    )
    named = _units("点名单位", "默认是过了截止时间未报、迟报、退回后未重报的单位；免报单位不列入。")
    progress = _words(
        "重点线索进展",
        4,
        "只写件数和办理环节：不写线索编号、名称、地点、单位和人名。",
    )
    asks = _words("下周要求", 6, "每行一段。")

    def __init__(self, *args: Any, bulletin: Bulletin, **kwargs: Any) -> None:
        kwargs["initial"] = {name: getattr(bulletin, name) for name in (*WORDS, "version")} | {
            name: [unit["id"] for unit in getattr(bulletin, name)] for name in LISTS
        }
        super().__init__(*args, **kwargs)
        spared = exempt_units(bulletin.period)
        listed = [
            (unit["id"], f"{unit['name']}（{label}）", code)
            for code, label in GROUPS.items()
            for unit in bulletin.filing[code]
        ]
        self.fields["praised"].choices = [
            (key, words) for key, words, code in listed if code in ("on_time", "late")
        ]
        self.fields["named"].choices = [
            (key, words) for key, words, code in listed if code != "on_time" and key not in spared
        ]
