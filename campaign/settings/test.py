"""Tests: a throw-away PostgreSQL and Redis for each process that runs tests in parallel.

Two checkouts never meet, and no test waits for the transactions of another process's tests, which
hold back the oldest snapshot of a whole server.
"""

import atexit
import os
import shutil
import tempfile
from base64 import b64encode
from pathlib import Path

from campaign.embedded import broker, postgres
from campaign.settings.base import *
from campaign.settings.base import INSTALLED_APPS, database, env

DEBUG = False
PORTAL_DEMO = True
INSTALLED_APPS = [*INSTALLED_APPS, "demo"]
SECRET_KEY = "only-for-tests-" + "k" * 50
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]

# Each runner starts its services and names them in its environment, from which the processes that
# its tests start inherit them.
_runner = os.environ.get("PYTEST_XDIST_WORKER", "main")
if os.environ.get("PORTAL_TEST_RUNNER") != _runner:
    _folder = tempfile.mkdtemp(prefix="portal-tests-")
    os.environ["PORTAL_TEST_RUNNER"] = _runner
    os.environ["PORTAL_TEST_FOLDER"] = _folder
    _urls = postgres.start(Path(_folder) / "postgres", throwaway=True)
    os.environ["DATABASE_OWNER_URL"] = _urls.owner
    os.environ["DATABASE_URL"] = _urls.runtime
    os.environ["REDIS_URL"] = broker.start(Path(_folder) / "broker").url

    @atexit.register
    def _clear_away() -> None:
        postgres.stop(Path(_folder) / "postgres")
        broker.stop(Path(_folder) / "broker")
        shutil.rmtree(_folder, ignore_errors=True)


VAR = Path(os.environ["PORTAL_TEST_FOLDER"]) / "var"
VAR.mkdir(exist_ok=True)
STATIC_ROOT = VAR / "static"
STATIC_ROOT.mkdir(exist_ok=True)  # that it is missing would be said at every request
MEDIA_ROOT = VAR / "files"
# Tests make the database as its owner, then take the runtime role for the test itself (conftest).
DATABASES = {"default": database(env("DATABASE_OWNER_URL"))}
PORTAL_FILE_KEYS = "test:" + b64encode(bytes(range(32))).decode()
PORTAL_REPORTER_KEYS = "test:" + b64encode(bytes(range(32, 64))).decode()
CELERY_BROKER_URL = env("REDIS_URL")

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
EMAIL_FILE_PATH = VAR / "mail"
AXES_ENABLED = False
PORTAL_FACTOR_ROLES = []
