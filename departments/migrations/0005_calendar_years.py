from django.db import migrations, models


def call_seeded_years_complete(apps, schema_editor):
    """Until now a year with any row counted as known."""
    days = apps.get_model("departments", "CalendarDay").objects
    years = apps.get_model("departments", "CalendarYear")
    found = {day.year for day in days.dates("day", "year")}
    years.objects.bulk_create(years(year=year) for year in sorted(found))


class Migration(migrations.Migration):
    dependencies = [
        ("departments", "0004_initial_passwords"),
    ]

    operations = [
        migrations.CreateModel(
            name="CalendarYear",
            fields=[
                (
                    "year",
                    models.PositiveSmallIntegerField(
                        primary_key=True, serialize=False, verbose_name="年份"
                    ),
                ),
            ],
            options={
                "verbose_name": "工作日历",
            },
        ),
        migrations.RunPython(call_seeded_years_complete, migrations.RunPython.noop),
    ]
