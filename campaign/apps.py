from django.apps import AppConfig, apps
from django.core.validators import (
    MaxLengthValidator,
    MaxValueValidator,
    MinValueValidator,
    ProhibitNullCharactersValidator,
)
from django.db.models.signals import post_migrate
from django.forms import Field


class CampaignConfig(AppConfig):
    name = "campaign"

    def ready(self) -> None:
        # Django's own words for it read like a machine's.
        Field.default_error_messages["required"] = "请填写此项。"
        ProhibitNullCharactersValidator.message = "含有无法保存的控制字符，请删去后重新输入。"
        MaxLengthValidator.message = "最多 %(limit_value)d 字，现有 %(show_value)d 字。"
        MaxValueValidator.message = "不能大于 %(limit_value)s。"
        MinValueValidator.message = "不能小于 %(limit_value)s。"
        from campaign.grants import grant_after_migrate
        from leads.disposals import database as disposals
        from leads.wall import build_after_migrate

        # Django sends this signal for apps with models only, after all of them have migrated;
        # one of them is enough.
        last = apps.get_app_config("audit")
        post_migrate.connect(grant_after_migrate, sender=last)
        post_migrate.connect(build_after_migrate, sender=last)
        post_migrate.connect(disposals.build_after_migrate, sender=last)
