"""Production: what matters comes from the environment, and what is missing stops the start."""

from django.core.exceptions import ImproperlyConfigured

from campaign.settings.base import *
from campaign.settings.base import (
    DATABASE_ROLE,
    PORTAL_CHAT_URL,
    PORTAL_REPORTER_CIPHER,
    PORTAL_SMS_URL,
    database,
    env,
)
from files import keys, values

DEBUG = False


def required(name: str) -> str:
    """The setting `name`; ImproperlyConfigured when it is missing or empty."""
    value = env(name, default="").strip()
    if not value:
        raise ImproperlyConfigured(f"生产环境缺少必需的配置项 {name}，系统拒绝启动。")
    return value


SECRET_KEY = required("SECRET_KEY")
if len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 20 or SECRET_KEY.startswith("django-insecure"):
    raise ImproperlyConfigured("SECRET_KEY 太弱：至少 50 个字符，且应随机生成。")
ALLOWED_HOSTS = [host.strip() for host in required("PORTAL_HOSTS").split(",") if host.strip()]
if "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("PORTAL_HOSTS 不能为 *，请写明本系统的域名或地址。")
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS]

_runtime_url = required("DATABASE_URL")
RUNTIME_ROLE = env.db_url_config(_runtime_url)["USER"]
DATABASES = {
    "default": database(
        required("DATABASE_OWNER_URL") if DATABASE_ROLE == "owner" else _runtime_url
    )
}
CELERY_BROKER_URL = required("REDIS_URL")
PORTAL_FILE_KEYS = required("PORTAL_FILE_KEYS")
keys.parse(PORTAL_FILE_KEYS, "PORTAL_FILE_KEYS")
PORTAL_REPORTER_KEYS = required("PORTAL_REPORTER_KEYS")
if set(keys.parse(PORTAL_REPORTER_KEYS, "PORTAL_REPORTER_KEYS").keys.values()) & set(
    keys.parse(PORTAL_FILE_KEYS, "PORTAL_FILE_KEYS").keys.values()
):
    raise ImproperlyConfigured("PORTAL_REPORTER_KEYS 不能与 PORTAL_FILE_KEYS 使用相同的密钥。")
values.require_cipher(PORTAL_REPORTER_CIPHER, "PORTAL_REPORTER_CIPHER")

for _name, _url in {"PORTAL_SMS_URL": PORTAL_SMS_URL, "PORTAL_CHAT_URL": PORTAL_CHAT_URL}.items():
    if _url and not _url.startswith("https://"):
        raise ImproperlyConfigured(f"{_name} 必须以 https:// 开头。")

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
vars().update(env.email_url("EMAIL_URL", default="smtp://localhost:25"))

# There is one in front at least: it is what speaks HTTPS. Without its being counted, all who sign
# in would come from its address and share their limits.
PORTAL_PROXY_COUNT = env.int("PORTAL_PROXY_COUNT", default=1)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
SECURE_HSTS_SECONDS = 31536000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
