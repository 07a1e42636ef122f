from django.apps import AppConfig

from pages.texts import watch_forms


class PagesConfig(AppConfig):
    name = "pages"

    def ready(self) -> None:
        watch_forms()
