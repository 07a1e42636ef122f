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


@pytest.mark.parametrize(
    "keys", ["", "a:short", GOOD["PORTAL_FILE_KEYS"][2:]], ids=["none", "short", "nameless"]
)
def test_it_does_not_start_without_keys_for_files(keys):
    said = start(PORTAL_FILE_KEYS=keys)
    assert "ImproperlyConfigured" in said
    assert "PORTAL_FILE_KEYS" in said
    assert GOOD["PORTAL_FILE_KEYS"][2:] not in said
