from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class JobsConfig(AppConfig):
    name = "jobs"
    verbose_name = "后台任务"

    def ready(self) -> None:
        # Every app declares its exports in exports.py; importing it registers them.
        autodiscover_modules("exports")
