"""A town's next form: who settles it, from when, what is refused, and the page that does it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from audit.machine import Conflict
from audit.models import AuditEntry
from reporting.form_versions import rules
from reporting.form_versions.default import DEFAULT
from reporting.form_versions.forms import FieldFormSet
from reporting.form_versions.models import FormVersion
from reporting.form_versions.services import first_free_week, settle
from reporting.weekly.form import Figure

NOT_VILLAGES = ("office", "police", "discipline", "department")
URL = "/reports/form/edit/"


def changed(version=2, **by_code):
    """The default form as the next version, with figures changed by their code."""
    figures = tuple(
        replace(item, **by_code.get(item.code, {})) if item.code in by_code else item
        for item in DEFAULT.figures
    )
    return replace(DEFAULT, version=version, figures=figures)


def settled(people, town, period, form=None, **given):
    values = {
        "actor": people.director,
        "town": town.unit.pk,
        "from_week": period.starts_on,
        "form": form or changed(cases={"kinds": NOT_VILLAGES}),
        "renamed": (),
        "reason": "村里不办案。",
        "version": 1,
    }
    return settle(**values | given)


def said(form, renamed=()):
    return [(item.code, item.name) for item in rules.problems(form, DEFAULT, renamed)]


# Settling


def test_a_new_form_is_the_next_version_and_on_record(people, town, period):
    row = settled(people, town, period)
    assert (row.version, row.from_week, row.set_by) == (2, period.starts_on, people.director)
    assert row.form == changed(cases={"kinds": NOT_VILLAGES})
    entry = AuditEntry.objects.filter(action="settings_changed").latest("pk")
    assert entry.reason == f"第2版填报表单，自{row.week_label}起：村里不办案。"


def test_it_begins_this_week_as_long_as_nobody_has_begun(people, town, period, draft):
    assert first_free_week(town.unit.pk) == period.starts_on
    draft()
    following = period.ends_on + dt.timedelta(days=1)
    assert first_free_week(town.unit.pk) == following
    with pytest.raises(ValidationError, match="已有单位填报，最早自"):
        settled(people, town, period)
    assert settled(people, town, period, from_week=following).version == 2


def test_the_same_again_is_no_new_version(people, town, period):
    settled(people, town, period)
    # The second click still carries the version that the page showed.
    assert settled(people, town, period) is None
    assert FormVersion.objects.count() == 2


def test_the_slower_of_two_directors_is_told(people, town, period):
    settled(people, town, period)
    with pytest.raises(Conflict, match="刚刚在别处被修改过"):
        settled(people, town, period, changed(cases={"required": False}))


@pytest.mark.parametrize("who", ["office", "town_leader", "east_leader"])
def test_the_director_alone_settles(people, town, period, who):
    with pytest.raises(PermissionDenied):
        settled(people, town, period, actor=getattr(people, who))


def test_another_town_has_its_own(far_people, people, town, period):
    with pytest.raises(PermissionDenied):
        settled(people, town, period, actor=far_people.director)


def test_a_wrong_form_is_refused_by_the_service_too(people, town, period):
    with pytest.raises(ValidationError, match="数字要有计量单位"):
        settled(people, town, period, changed(cases={"unit": ""}))
    assert FormVersion.objects.count() == 1


# Rules


@pytest.mark.parametrize(
    ("code", "change", "name"),
    [
        ("cases", {"label": ""}, "label"),
        ("cases", {"label": "长" * 31}, "label"),
        ("cases", {"block": ""}, "block"),
        ("cases", {"block": "长" * 21}, "block"),
        ("cases", {"unit": "长" * 7}, "unit"),
        ("cases", {"help": "长" * 201}, "help"),
        ("cases", {"smallest": -1}, "largest"),
        ("cases", {"smallest": 5, "largest": 4}, "largest"),
        ("cases", {"largest": 1_000_000}, "largest"),
        ("cases", {"kinds": ("school",)}, "kinds"),
        ("cases", {"part_of": "cases"}, "part_of"),
        ("cases", {"result_of": "nothing"}, "result_of"),
        ("major", {"counted": True}, "counted"),
    ],
)
def test_what_a_figure_must_be_like(code, change, name):
    assert said(changed(**{code: change}), {code}) == [(code, name)]


def test_a_figure_switched_off_is_not_judged_but_nothing_may_be_compared_with_it():
    assert said(changed(leaflets={"is_active": False, "unit": ""})) == []
    assert said(changed(proven={"is_active": False})) == [("cases", "part_of")]


def test_two_fields_of_one_name_cannot_be_told_apart():
    assert said(changed(people={"label": "立案"}), {"people"}) == [("people", "label")]
    assert said(changed(people={"label": "立案"}, cases={"is_active": False}), {"people"}) == []


def test_a_figure_gets_another_meaning_by_no_silent_change_of_name():
    (problem,) = rules.problems(changed(found={"label": "线索总数"}), DEFAULT)
    assert (problem.code, problem.name) == ("found", "same_meaning")
    assert "原来叫“新摸排线索”，平台统计和以前各周的数字都按它算" in problem.words
    assert said(changed(found={"label": "新增线索"}), {"found"}) == []


def test_texts_have_a_length():
    texts = (replace(DEFAULT.texts[0], longest=2001), *DEFAULT.texts[1:])
    assert said(replace(changed(), texts=texts)) == [("progress", "largest")]


def test_no_field_is_dropped_and_new_codes_are_the_portal_s():
    one = Figure(code="v2_1", label="走访", block="工作进展", unit="户")
    assert said(replace(changed(), figures=(*DEFAULT.figures, one))) == []
    strange = replace(one, code="v1_1")
    for figures in (
        (*DEFAULT.figures, strange),
        DEFAULT.figures[1:],
        (*DEFAULT.figures, DEFAULT.figures[0]),
        (*DEFAULT.figures, replace(one, code="progress")),
    ):
        form = replace(changed(), figures=figures)
        assert rules.STRANGE in [item.words for item in rules.problems(form, DEFAULT)]


def test_every_kind_of_unit_has_something_to_fill():
    def of_police(items):
        return tuple(replace(item, kinds=("police",)) for item in items)

    form = replace(changed(), figures=of_police(DEFAULT.figures), texts=of_police(DEFAULT.texts))
    words = [item.words for item in rules.problems(form, DEFAULT)]
    assert "“村（居）”没有任何要填的项目。" in words
    assert len(words) == 4


# The page


def posted(before=DEFAULT, **changes):
    """What the browser sends from the untouched editor, but for `changes`."""
    rows = FieldFormSet(before=before, prefix="field")
    data = {"version": str(before.version), "reason": "区里要求。"}
    for form in [rows.management_form, *rows]:
        for bound in form:
            value = bound.value()
            if value is True:
                data[bound.html_name] = "on"
            elif isinstance(value, list):
                data[bound.html_name] = value
            elif value is not None and value is not False:
                data[bound.html_name] = str(value)
    for name, value in changes.items():
        if value is None:
            del data[name]
        else:
            data[name] = value
    return data


def test_the_untouched_editor_changes_nothing(people, period, client_for):
    client = client_for(people.director)
    data = posted() | {"from_week": period.starts_on.isoformat()}
    assert client.post(URL, data).status_code == 302
    assert FormVersion.objects.count() == 1


def test_the_director_adds_renames_moves_and_switches_off(people, period, town, client_for):
    client = client_for(people.director)
    page = client.get(URL)
    rows = page.context["rows"]
    names = {form.field.code: form.prefix for form in rows.initial_forms}
    new = rows.extra_forms[0].prefix
    data = posted() | {
        "from_week": period.starts_on.isoformat(),
        f"{names['found']}-label": "新增线索",
        f"{names['found']}-same_meaning": "on",
        f"{names['people']}-position": "5",
        f"{names['cases']}-kinds": list(NOT_VILLAGES),
        f"{new}-label": "走访农户",
        f"{new}-block": "入户走访",
        f"{new}-unit": "户",
        f"{new}-largest": "500",
        f"{new}-type": "figure",
    }
    del data[f"{names['leaflets']}-is_active"]
    assert client.post(URL, data).status_code == 302
    form = FormVersion.objects.get(version=2).form
    figures = {figure.code: figure for figure in form.figures}
    assert figures["found"].label == "新增线索"
    assert figures["cases"].kinds == NOT_VILLAGES
    assert not figures["leaflets"].is_active
    assert figures["v2_1"] == Figure(
        code="v2_1", label="走访农户", block="入户走访", unit="户", largest=500
    )
    # The publicity block moved up with its first figure, the new one came last.
    assert form.blocks == ("宣传发动", "工作进展", "线索摸排", "案件侦办", "问题和打算", "入户走访")
    asked = {figure.code for figure in form.asked_of("village").figures}
    assert "v2_1" in asked
    assert not asked & {"cases", "leaflets"}


def test_what_is_wrong_is_said_at_its_row_and_nothing_typed_is_lost(people, period, client_for):
    client = client_for(people.director)
    rows = client.get(URL).context["rows"]
    first = rows.initial_forms[0].prefix
    data = posted(**{f"{first}-label": "另一回事", f"{first}-kinds": None})
    page = client.post(URL, data | {"from_week": period.starts_on.isoformat()})
    row = page.context["rows"].initial_forms[0]
    assert row.errors == {"kinds": ["请至少选一类单位；都不填的，请停用这一项。"]}
    assert row["label"].value() == "另一回事"
    data[f"{first}-kinds"] = ["village"]
    page = client.post(URL, data | {"from_week": period.starts_on.isoformat()})
    assert list(page.context["rows"].forms[0].errors) == ["same_meaning"]
    assert FormVersion.objects.count() == 1


def test_what_another_saved_meanwhile_is_said_and_the_typing_kept(people, town, period, client_for):
    data = posted() | {"from_week": period.starts_on.isoformat()}
    client = client_for(people.director)
    rows = client.get(URL).context["rows"]
    data[f"{rows.initial_forms[0].prefix}-help"] = "我写的"
    settled(people, town, period)
    page = client.post(URL, data)
    assert page.context["begin"].non_field_errors() == [
        "填报表单刚刚在别处被修改过，请查看最新内容后再修改。"
    ]
    assert page.context["rows"].forms[0]["help"].value() == "我写的"
    assert FormVersion.objects.count() == 2


@pytest.mark.parametrize("name", ["field-INITIAL_FORMS", "field-TOTAL_FORMS"])
def test_a_page_put_together_by_hand_is_refused(people, period, client_for, name):
    data = posted(**{name: "1"}) | {"from_week": period.starts_on.isoformat()}
    assert client_for(people.director).post(URL, data).status_code == 200
    assert FormVersion.objects.count() == 1


def test_units_see_what_the_page_shows(
    people, town, period, client_for, django_assert_max_num_queries
):
    settled(people, town, period, changed(cases={"kinds": ("police",)}))
    client = client_for(people.office)
    client.get("/reports/form/")
    with django_assert_max_num_queries(16):
        page = client.get("/reports/form/")
    assert [standing for _, standing in page.context["versions"]] == ["现行", "已停用"]
    assert page.context["kind"] == "village"
    assert "立案" not in page.content.decode()
    page = client.get("/reports/form/?kind=police&version=2").content.decode()
    assert "立案（件）" in page
    page = client.get("/reports/form/?kind=village&version=1").content.decode()
    assert "立案（件）" in page


def test_how_each_version_stands(people, town, period, client_for):
    later = period.starts_on + dt.timedelta(weeks=2)
    settled(people, town, period, from_week=later)
    third = changed(3, cases={"required": False})
    settled(people, town, period, third, version=2, from_week=later - dt.timedelta(weeks=1))
    page = client_for(people.office).get("/reports/form/")
    assert [standing for _, standing in page.context["versions"]] == [
        "尚未开始",
        "没有执行过",
        "现行",
    ]


def test_a_town_without_a_week_shows_the_form_that_it_will_begin_with(people, town, client_for):
    page = client_for(people.office).get("/reports/form/")
    assert [row.form for row, _ in page.context["versions"]] == [DEFAULT]
