from django.apps import AppConfig, apps
from django.core.validators import ProhibitNullCharactersValidator
from django.db.models.signals import post_migrate
from django.forms import Field


class CampaignConfig(AppConfig):
    name = "campaign"

    def ready(self) -> None:
        # Django's own words for it read like a machine's.
        Field.default_error_messages["required"] = "请填写此项。"
        ProhibitNullCharactersValidator.message = "含有无法保存的控制字符，请删去后重新输入。"
        from campaign.grants import grant_after_migrate

        # Django sends this signal for apps with models only, after all of them have migrated;
        # one of them is enough.
        post_migrate.connect(grant_after_migrate, sender=apps.get_app_config("audit"))
