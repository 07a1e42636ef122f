"""Leads of which a number alone is kept: the channel says so, and the lead has the number."""

from django.conf import settings
from django.db import migrations, models


def mark_the_national_platform(apps, schema_editor):
    """12337 was such a channel by its name; what was logged of it before stays as it is."""
    apps.get_model("leads", "Channel").objects.filter(code="12337").update(number_only=True)


class Migration(migrations.Migration):
    dependencies = [
        ("departments", "0001_initial"),
        ("leads", "0003_subject"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="channel",
            name="number_only",
            field=models.BooleanField(
                default=False,
                help_text="线索内容留在原平台，本系统只记编号，例如 12337。",
                verbose_name="只登记编号",
            ),
        ),
        migrations.AddField(
            model_name="lead",
            name="external_number",
            field=models.CharField(blank=True, max_length=40, verbose_name="来源编号"),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(fields=["place", "received_on"], name="lead_by_place_and_day"),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("external_number", ""), _negated=True),
                fields=["external_number"],
                name="lead_by_external_number",
            ),
        ),
        migrations.RunPython(mark_the_national_platform, migrations.RunPython.noop),
    ]
