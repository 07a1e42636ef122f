"""Hidden and extra fields: whatever a form is sent beside its own, it writes none of it."""

from __future__ import annotations

import json

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.forms import ModelForm
from django.test import Client
from django.urls import reverse

from departments.models import Account, Membership
from leads.models import Assignment, Lead
from tests.campaign.test_permissions import (  # noqa: F401  the fixtures of the matrix
    ROLES,
    ROWS,
    far_lead,
    world,
)

#: What no page writes, by table: who and what a row is, where it came from, what a person may.
FIXED = {
    "leads_lead": "number, submission, jurisdiction_id, registered_by_id, registered_unit_id, "
    "registered_at",
    "leads_assignment": "lead_id, unit_id, round, assigned_by_id, assigned_at",
    "departments_account": "username, full_name, email, is_staff, is_superuser, is_active",
    "departments_membership": "account_id, unit_id, role",
    "departments_unit": "code, name, kind, jurisdiction_id, path, is_active, receives_leads",
}
ADDRESSES = [name for name, row in ROWS.items() if not row.own["director"].endswith("xx")]


def _fixed() -> str:
    with connection.cursor() as cursor:
        found = []
        for table, columns in FIXED.items():
            cursor.execute(f"SELECT id, {columns} FROM {table} ORDER BY id")
            found.append(cursor.fetchall())
    return json.dumps(found, default=str)


def _sent(stranger: Account, far: Lead) -> dict[str, str]:
    """Every column of every model, with a value that would be somebody else's."""
    sent = {}
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            for name in {field.name, field.attname}:
                sent[name] = "1"
    for name in ("jurisdiction", "registered_unit", "unit", "unit_id", "jurisdiction_id"):
        sent[name] = str(far.jurisdiction_id)
    for name in ("registered_by", "account", "owner", "actor", "by", "assigned_by", "requester"):
        sent[name] = sent[f"{name}_id"] = str(stranger.pk)
    sent |= {"number": "X-2026-00001", "username": "x", "full_name": "某", "role": "director"}
    sent |= {"is_superuser": "on", "is_staff": "on", "is_active": "", "state": "closed"}
    sent |= {"note": "理由", "finding": "disproven", "submission": str(far.submission)}
    return sent


def _password_pages(name: str) -> bool:
    return name in ("login", "logout") or name.startswith("password")


@pytest.mark.parametrize("role", ["office", "director", "liaison", "leader", "town_leader"])
def test_nothing_that_is_fixed_changes(role, world, far_lead):  # noqa: F811
    account = getattr(world.people, ROLES[role])
    version = Lead.objects.get(pk=world.ours["lead"].pk).version
    parts = Assignment.objects.get(lead=world.ours["lead"]).version
    sent = _sent(world.stranger, far_lead)
    before, changed = _fixed(), []
    for name in ADDRESSES:
        if _password_pages(name):
            continue
        row = ROWS[name]
        with transaction.atomic():
            client = Client()
            client.force_login(account)
            sent["version"] = str(parts if row.thing == "task" else version)
            url = reverse(name, kwargs=world.own(row.thing, account))
            made = set(Lead.objects.values_list("pk", flat=True))
            response = client.post(url, sent)
            assert response.status_code < 500, name
            if _fixed() != before and set(Lead.objects.values_list("pk", flat=True)) == made:
                changed.append(name)
            transaction.set_rollback(True)
    assert changed == []


def test_every_form_of_a_model_names_its_fields():
    def all_of(kind: type) -> list[type]:
        return [one for sub in kind.__subclasses__() for one in (sub, *all_of(sub))]

    ours = [form for form in all_of(ModelForm) if not form.__module__.startswith("django.")]
    ours = [form for form in ours if form._meta.model in (Lead, Account, Membership)]
    assert [form for form in ours if form._meta.fields in (None, "__all__")] == []
