"""The bench: settings of the tests, plus what the portal is compared with.

Django's admin and a bare view live at addresses of their own (`bench.urls`); the product has
neither. `PORTAL_BENCH_FOLDER` keeps the database there between runs.
"""

import os
from pathlib import Path

from campaign.embedded import broker, postgres

if folder := os.environ.get("PORTAL_BENCH_FOLDER"):
    _folder = Path(folder).resolve()
    _folder.mkdir(parents=True, exist_ok=True)
    _urls = postgres.start(_folder / "postgres")
    os.environ["PORTAL_TEST_RUNNER"] = os.environ.get("PYTEST_XDIST_WORKER", "main")
    os.environ["PORTAL_TEST_FOLDER"] = str(_folder)
    os.environ["DATABASE_OWNER_URL"] = _urls.owner
    os.environ["DATABASE_URL"] = _urls.runtime
    os.environ["REDIS_URL"] = broker.start(_folder / "broker").url

from campaign.settings.test import *
from campaign.settings.test import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "django.contrib.admin", "bench"]
ROOT_URLCONF = "bench.urls"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
