from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "access"
    verbose_name = "登录与账号"

    def ready(self) -> None:
        from access import checks, receivers  # noqa: F401
