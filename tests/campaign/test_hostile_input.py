"""Whatever is sent to any address, in whatever role: an answer, never a crash, nothing extra.

The parameters are not listed here: each address is watched while it reads its request, and what
it has read is then sent, filled with trouble. A new address or field is met without being named.
"""

from __future__ import annotations

import re
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any
from urllib.parse import urlencode

import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.apps import apps
from django.db import DatabaseError, models, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils.datastructures import MultiValueDict

from access.models import Session
from audit.models import AuditEntry
from departments.models import Account, DictionaryEntry, Domain, Unit
from leads.models import Channel, Conduct
from tests.campaign.test_permissions import OPEN_TO_ANYONE, ROLES, ROWS, far_lead, world
from tests.forms import Form

__all__ = ["far_lead", "world"]

TROUBLE = [
    "\x00",
    "甲\x00乙",
    "",
    " ",
    "　",
    "-1",
    "0",
    "9" * 20,
    "9" * 5000,
    "1e309",
    "NaN",
    "Infinity",
    "²",
    "١٢",
    "0x10",
    "1_000",
    "0001-01-01",
    "9999-12-31",
    "2026-02-30",
    "10000-01-01",
    "null",
    "true",
    "undefined",
    "%",
    "%s%n{0}{{7*7}}",
    "'; DROP TABLE leads_lead; --",
    '"><script>alert(1)</script>',
    "../../../etc/passwd",
    "\r\nSet-Cookie: a=b",
    "\u202e\u200b\ufeff\uffff",
    "👮" * 50,
    "长" * 20_000,
    "00000000-0000-0000-0000-000000000000",
    "//evil.example/",
    "javascript:alert(1)",
]
#: The trouble that gets furthest, for the tests that send one thing at a time.
SHARP = ["甲\x00乙", "9" * 20, "²", "0001-01-01", "长" * 3000]
#: Bytes that are no UTF-8, and a lone surrogate, as an address can carry them.
RAW = "%FF%ED%A0%80"
OTHER_METHODS = ["put", "patch", "delete", "options", "trace"]
#: What an answer writes beside its business: it differs from one request to the next.
BESIDE = {Session, AuditEntry, AccessAttempt, AccessFailureLog, AccessLog}

#: Tables to which the answers of one address add nothing, so that a key means the same twice.
SETTLED = {Account, Unit, Domain, Channel, Conduct}
#: Columns that chance fills.
DRAWN = {"number", "stored_as", "password", "sealed", "digest"}
#: What tells the rows of a form apart, in the names of their fields.
ROW = re.compile(r"-\d+-")
#: A code's serial, which the audit trail names too.
SERIAL = re.compile(r"CX-[0-9A-Z]{8}")
#: So many worlds are made for each of the tests that ask every address.
SHARES = 10
#: Columns that tell which row a row is about.
NAMED_BY_KEYS = {"subject_key", "url", "object_label", "round"}


@pytest.fixture
def parameters(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names of all parameters that have been read since the set was last cleared."""
    found: set[str] = set()

    def watched(method: Callable) -> Callable:
        def read(self: MultiValueDict, key: Any, *args: Any, **kwargs: Any) -> Any:
            if isinstance(key, str) and hasattr(self, "encoding"):
                found.add(key)
            return method(self, key, *args, **kwargs)

        return read

    for name in ("__getitem__", "_getlist"):
        monkeypatch.setattr(MultiValueDict, name, watched(getattr(MultiValueDict, name)))
    monkeypatch.setattr(MultiValueDict, "__contains__", watched(dict.__contains__), raising=False)
    return found


def answer(client: Client, method: str, url: str, *args: Any) -> HttpResponse:
    """The answer; what it wrote is undone. A crash in the view is raised here, with its trace."""
    with transaction.atomic():
        response = getattr(client, method)(url, *args)
        if response.streaming:
            b"".join(response)
        transaction.set_rollback(True)
    assert response.status_code < 500, f"{method} {url}"
    return response


def names_read(client: Client, method: str, url: str, parameters: set[str]) -> list[str]:
    """What the address reads: asked again with what is known, until it asks for nothing new."""
    known: set[str] = set()
    while True:
        parameters.clear()
        # Never empty: a form that nothing was sent to reads nothing.
        answer(client, method, url, dict.fromkeys(known | {"nothing"}, "1"))
        fresh = parameters - known - {"csrfmiddlewaretoken"}
        if not fresh:
            return sorted(known)
        known |= fresh


def signed_in(account: Any) -> Client:
    client = Client()
    client.force_login(account)
    return client


def cases(row_name: str, world: Any) -> Iterator[tuple[str, Client, str, str]]:
    """(role, client, url, cell) for every role, each with its own client; nobody comes first."""
    row = ROWS[row_name]
    if row_name in OPEN_TO_ANYONE:
        yield "nobody", Client(), reverse(row_name), OPEN_TO_ANYONE[row_name]
    for role, person in ROLES.items():
        account = getattr(world.people, person)
        url = reverse(row_name, kwargs=world.own(row.thing, account))
        yield role, signed_in(account), url, row.own[role]


@pytest.fixture(autouse=True)
def _lock_out(settings) -> None:
    """As in production: what was typed at the sign-in page is counted and kept."""
    settings.AXES_ENABLED = True
    settings.AXES_FAILURE_LIMIT = 10_000


def shares(names: Iterable[str]) -> pytest.MarkDecorator:
    """The addresses in a few shares of one world each, which costs more than to ask most of them.

    An answer leaves nothing behind (`answer`, `written`).
    """
    listed = list(names)
    return pytest.mark.parametrize("names", [listed[first::SHARES] for first in range(SHARES)])


@shares(ROWS)
def test_no_role_can_make_an_address_crash(names, world, parameters):
    """Every role, every parameter at once, each filled with some other trouble in each round."""
    for number, (_, client, url, cell) in chain.from_iterable(
        enumerate(cases(name, world)) for name in names
    ):
        for method, does in zip(("get", "post"), cell.split("/"), strict=True):
            if does in ("xx", "--", "no"):
                answer(client, method, url, {"x": "\x00"})
                continue
            fields = names_read(client, method, url, parameters)
            for turn in range(3):
                start = number * 3 + turn
                values = {
                    field: TROUBLE[(start + place * 7) % len(TROUBLE)]
                    for place, field in enumerate(fields)
                }
                answer(client, method, url, values)


@shares(n for n, row in ROWS.items() if "ok/" in str(row.own))
def test_no_single_parameter_can_make_a_page_crash(names, world, parameters):
    """One parameter at a time, so that the trouble gets past the checks of the others."""
    for name in names:
        _, client, url, _ = next(case for case in cases(name, world) if case[3].startswith("ok/"))
        for field in names_read(client, "get", url, parameters):
            for value in SHARP:
                answer(client, "get", url, {field: value})
            answer(client, "get", f"{url}?{field}={RAW}")


#: Addresses that take a form which stands on another page.
ELSEWHERE = {"leads:filters"}
FORMS = [
    "login",
    *(n for n, row in ROWS.items() if "ok/ok" in row.own.values() and n not in ELSEWHERE),
]
#: How a browser sends a form, as a content type.
FORM_TYPE = "application/x-www-form-urlencoded"


def form_of(name: str, world: Any) -> tuple[Client, str, dict[str, list[str]]]:
    _, client, url, _ = next(case for case in cases(name, world) if case[3] == "ok/ok")
    values = Form(client.get(url).content.decode()).values
    values.pop("csrfmiddlewaretoken", None)
    return client, url, values


@shares(FORMS)
def test_no_single_field_of_a_form_can_make_it_crash(names, world):
    for name in names:
        client, url, values = form_of(name, world)
        assert values, f"{name} shows no form"
        # Rows of one form are alike: what each asks is tried in one of them.
        for field in {ROW.sub("-", field): field for field in values}.values():
            for value in SHARP:
                answer(client, "post", url, values | {field: [value]})
            body = urlencode({k: v for k, v in values.items() if k != field}, doseq=True)
            answer(client, "post", url, f"{body}&{field}={RAW}", FORM_TYPE)
            answer(client, "post", url, values | {field: ["1"] * 300})


def everything() -> dict[str, Counter]:
    """All rows of all tables, without what differs from request to request by its nature."""
    found = {}
    for model in apps.get_models():
        if model in BESIDE:
            continue
        told = [field.attname for field in model._meta.concrete_fields if _is_settled(field)]
        rows = model._base_manager.values_list(*told)
        found[model._meta.label] = Counter(SERIAL.sub("CX", repr(row)) for row in rows)
    return found


def _is_settled(field: models.Field) -> bool:
    """Not a key, a moment, a token, something sealed, nor a name made of a row's key."""
    if field.is_relation:
        return field.related_model in SETTLED
    if field.attname == "code" and issubclass(field.model, DictionaryEntry):
        return False  # drawn by chance for every new entry
    made = (
        isinstance(field, models.DateTimeField | models.UUIDField | models.BinaryField)
        or field.primary_key
    )
    return not made and field.attname not in {*DRAWN, *NAMED_BY_KEYS}


def written(client: Client, url: str, values: dict[str, Any]) -> tuple[int, dict[str, Counter]]:
    """The status of the answer and how the database looks after it; undone afterwards."""
    with transaction.atomic():
        status = client.post(url, values).status_code
        found = everything()
        transaction.set_rollback(True)
    return status, found


@shares(n for n, row in ROWS.items() if {"ok", "go"} & {c[-2:] for c in row.own.values()})
def test_fields_that_a_form_does_not_have_change_nothing(names, world, parameters, settings):
    """Every column of every table is offered along with the form: none of them is taken."""
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # the limit would refuse them all together
    columns = {f.name for model in apps.get_models() for f in model._meta.concrete_fields}
    columns |= {f"{column}_id" for column in columns}
    for name in names:
        _, client, url, cell = next(
            case for case in cases(name, world) if case[3][-2:] in ("ok", "go")
        )
        values = {}
        if cell.startswith("ok"):
            values = Form(client.get(url).content.decode()).values
        known = names_read(client, "post", url, parameters)
        extra = dict.fromkeys(columns - set(values) - set(known), "1")
        assert written(client, url, values) == written(client, url, values | extra), url


@shares(ROWS)
def test_other_methods_change_nothing(names, world):
    for name in names:
        _, client, url, _ = next(cases(name, world))
        before = everything()
        for method in OTHER_METHODS:
            assert getattr(client, method)(url).status_code < 500, f"{method} {url}"
        assert everything() == before, url
        assert client.head(url).status_code == client.get(url).status_code


def test_more_fields_or_more_bytes_than_any_form_has_are_refused(client_for, people):
    client = client_for(people.office)
    client.raise_request_exception = False
    assert client.post("/leads/new/", {f"f{n}": "" for n in range(1001)}).status_code == 400
    assert client.post("/leads/new/", {"title": "x" * 3_000_000}).status_code == 400
    assert client.get("/leads/", {f"f{n}": "" for n in range(1001)}).status_code == 400


@pytest.mark.parametrize(
    "cookie", ['"abcdefghij\\000"', "\x00" * 10, "x" * 5000, "../../etc/passwd"]
)
def test_a_forged_session_cookie_is_no_session(db, cookie):
    response = Client().get("/", HTTP_COOKIE=f"sessionid={cookie}; csrftoken={cookie}")
    assert response.status_code == 302


@pytest.mark.parametrize(
    "path",
    [
        "/leads/%00/",
        "/units/%00/",
        "/exports/%00/",
        "/%FF/",
        "/reports/99999999999999999999/",
        "/leads/assignments/99999999999999999999/feedback/",
        f"/leads/{'A' * 5000}/",
        f"/exports/{uuid.UUID(int=0)}/",
    ],
)
def test_an_address_that_leads_nowhere_is_not_found(client_for, people, path):
    for person in (people.office, people.police):
        assert client_for(person).get(path).status_code == 404


#: A tag, short enough for nearly every field; and fields that hold names of things, not words.
TAG = "<i x>\"'"
NO_WORDS = {"code", "username", "password", "email", "path", "stored_as", "marked_as", "query"}
NO_WORDS |= {"number", "external_number", "kind", "layout_key", "sha256", "view"}


def test_what_stands_in_any_field_is_text_on_every_page(world, as_owner):
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, models.CharField | models.TextField) and _holds_words(field):
                for row in model._base_manager.all():
                    try:
                        with transaction.atomic():
                            words = {field.name: f"{TAG}{row.pk}" if field.unique else TAG}
                            model._base_manager.filter(pk=row.pk).update(**words)
                    except DatabaseError:
                        pass  # append-only, or bound by a rule: shown by the pages' own tests
    shown = 0
    for name in ROWS:
        for role, client, url, cell in cases(name, world):
            if cell.startswith("ok/"):
                response = answer(client, "get", url)
                if not response.streaming and "text/html" in response["Content-Type"]:
                    source = response.content.decode()
                    assert TAG[:5] not in source, f"{name} {role}"
                    shown += "&lt;i x&gt;" in source
    assert shown > 100


def _holds_words(field: models.Field) -> bool:
    is_free = not field.choices and not field.primary_key and field.name not in NO_WORDS
    return is_free and (field.max_length or 100) >= 10
