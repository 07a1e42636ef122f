"""The try-out: embedded services where none are named, demo data, mail into files."""

import secrets

from campaign.embedded import broker, postgres
from campaign.secret import kept_secret
from campaign.settings.base import *
from campaign.settings.base import DATABASE_ROLE, INSTALLED_APPS, VAR, database, env
from files import keys

DEBUG = env.bool("PORTAL_DEBUG", default=False)
PORTAL_DEMO = True
# Whoever tries the portal out should not need a phone for it; everybody may bind one.
PORTAL_FACTOR_ROLES = env.list("PORTAL_FACTOR_ROLES", default=[])
INSTALLED_APPS = [*INSTALLED_APPS, "demo"]
# A key that ends with the process is enough where no supervisor hands one down.
SECRET_KEY = env("SECRET_KEY", default=None) or secrets.token_urlsafe(50)
ALLOWED_HOSTS = env.list("PORTAL_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])

if "DATABASE_URL" in env.ENVIRON:
    _urls = postgres.Urls(
        owner=env("DATABASE_OWNER_URL", default=env("DATABASE_URL")), runtime=env("DATABASE_URL")
    )
else:
    _urls = postgres.start(VAR / "postgres")
DATABASES = {"default": database(_urls.owner if DATABASE_ROLE == "owner" else _urls.runtime)}

PORTAL_FILE_KEYS = env("PORTAL_FILE_KEYS", default="") or (
    f"tryout:{kept_secret(VAR / 'file-key', keys.KEY_BYTES)}"
)

PORTAL_REPORTER_KEYS = env("PORTAL_REPORTER_KEYS", default="") or (
    f"tryout:{kept_secret(VAR / 'reporter-key', keys.KEY_BYTES)}"
)

EMAIL_BACKEND = "messaging.backends.OneFilePerMessage"
EMAIL_FILE_PATH = VAR / "mail"

if "REDIS_URL" in env.ENVIRON:
    _broker = broker.from_url(env("REDIS_URL"))
else:
    _broker = broker.start(VAR / "broker")
CELERY_BROKER_URL = _broker.url
CELERY_BROKER_TRANSPORT_OPTIONS = CELERY_BROKER_TRANSPORT_OPTIONS | _broker.options
