import datetime as dt

from django.conf import settings
from django.db import migrations, models

EXPORTS = ("weekly_tally", "lead_ledger", "audit_trail", "reward_ledger")


def fill(apps, schema_editor):
    """What an export was for moves out of its parameters; each file ends as had been meant."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "UPDATE jobs_job SET params = params - 'purpose',"
            " purpose = coalesce(nullif(params->>'purpose', ''), '早先的导出，没有记下用途')"
            " WHERE stored_as <> '' OR kind = ANY(%s)",
            [list(EXPORTS)],
        )
        cursor.execute(
            "UPDATE jobs_job SET expires_at = coalesce(finished_at, created_at) + %s"
            " WHERE stored_as <> ''",
            [dt.timedelta(days=settings.PORTAL_EXPORT_DAYS)],
        )


class Migration(migrations.Migration):
    dependencies = [("jobs", "0004_exported_outlines")]

    operations = [
        migrations.AddField(
            model_name="job",
            name="purpose",
            field=models.CharField(blank=True, max_length=100, verbose_name="用途"),
        ),
        migrations.AddField(
            model_name="job",
            name="expires_at",
            field=models.DateTimeField(null=True, verbose_name="可下载至"),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="job",
            constraint=models.CheckConstraint(
                condition=models.Q(stored_as="")
                | (~models.Q(purpose="") & models.Q(expires_at__isnull=False)),
                name="job_file_is_for_something_and_ends",
            ),
        ),
    ]
