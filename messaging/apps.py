from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class MessagingConfig(AppConfig):
    name = "messaging"
    verbose_name = "消息"

    def ready(self) -> None:
        # Tasks import what they run: with them, every kind of reminder is declared, so that
        # whoever delivers a letter can ask whether it is still due.
        autodiscover_modules("tasks")
