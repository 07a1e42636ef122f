"""Production refuses to start without what it needs."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GOOD = {
    "DJANGO_SETTINGS_MODULE": "campaign.settings.prod",
    "SECRET_KEY": secrets.token_urlsafe(64),
    "PORTAL_HOSTS": "portal.example",
    "DATABASE_URL": "postgres://app@db/portal",
    "DATABASE_OWNER_URL": "postgres://owner@db/portal",
    "REDIS_URL": "redis://redis",
    "PORTAL_FILE_KEYS": f"a:{secrets.token_urlsafe(32)}",
    "PORTAL_REPORTER_KEYS": f"a:{secrets.token_urlsafe(32)}",
}


def start(**changes: str) -> str:
    """What Python says of the production settings; empty when they are taken."""
    done = subprocess.run(
        [sys.executable, "-c", "from django.conf import settings; settings.DEBUG"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]} | GOOD | changes,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr


def test_it_starts_with_all_it_needs():
    assert start() == ""


@pytest.mark.parametrize("setting", ["PORTAL_FILE_KEYS", "PORTAL_REPORTER_KEYS"])
@pytest.mark.parametrize("fault", ["none", "short", "nameless"])
def test_it_does_not_start_without_keys(setting, fault):
    keys = {"none": "", "short": "a:short", "nameless": GOOD[setting][2:]}[fault]
    said = start(**{setting: keys})
    assert "ImproperlyConfigured" in said
    assert setting in said
    assert GOOD[setting][2:] not in said


def test_reporters_are_not_sealed_with_the_keys_of_files():
    said = start(PORTAL_REPORTER_KEYS=GOOD["PORTAL_FILE_KEYS"].replace("a:", "b:"))
    assert "PORTAL_REPORTER_KEYS 不能与 PORTAL_FILE_KEYS" in said


def test_it_does_not_start_with_a_cipher_that_is_none():
    assert "PORTAL_REPORTER_CIPHER" in start(PORTAL_REPORTER_CIPHER="rot13")
    assert start(PORTAL_REPORTER_CIPHER="sm4-gcm") == ""


def test_djangos_own_checks_for_deployment_find_nothing():
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]} | GOOD,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (
        0,
        "System check identified no issues (0 silenced).\n",
    )


def test_djangos_admin_site_is_not_there():
    script = (
        "import django; django.setup(); from django.apps import apps;"
        "print(apps.is_installed('django.contrib.admin'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]} | GOOD,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "False\n"
