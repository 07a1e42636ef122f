from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class CampaignConfig(AppConfig):
    name = "campaign"

    def ready(self) -> None:
        from campaign.grants import grant_after_migrate

        # Django sends this signal for apps with models only, after all of them have migrated;
        # one of them is enough.
        post_migrate.connect(grant_after_migrate, sender=apps.get_app_config("audit"))
