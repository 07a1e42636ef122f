from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class JobsConfig(AppConfig):
    name = "jobs"
    verbose_name = "后台任务"

    def ready(self) -> None:
        # Every app declares its exports in exports.py and its other background work in work.py;
        # importing them registers what they declare.
        autodiscover_modules("exports", "work")
