import django.db.models.deletion
from django.db import migrations, models

#: The open leads whose reporter gave a name, by the rule of their town, else thirty days. Of
#: working days it is only known here that five make a week. What was called back already is done.
OPEN_LEADS = """
    INSERT INTO leads_callback (lead_id, due_on, near_days, done_on)
    SELECT lead.id,
           lead.received_on + coalesce(
               CASE rule.basis WHEN 'working' THEN rule.days * 7 / 5 ELSE rule.days END, 30),
           coalesce(
               CASE rule.basis WHEN 'working' THEN rule.near_days * 7 / 5 ELSE rule.near_days END,
               5),
           (SELECT min(contacted_on) FROM leads_followup call
            WHERE call.lead_id = lead.id AND call.way <> 'not_reached')
    FROM leads_lead lead
    LEFT JOIN LATERAL (
        SELECT days, basis, near_days FROM leads_deadlinerule
        WHERE jurisdiction_id = lead.jurisdiction_id AND kind = 'contact'
        ORDER BY version DESC LIMIT 1
    ) rule ON true
    WHERE lead.reporter_kind = 'named'
      AND lead.state NOT IN ('declined', 'closed', 'merged', 'referred', 'archived')
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0013_batch_kept_from")]

    operations = [
        migrations.CreateModel(
            name="Callback",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("due_on", models.DateField(verbose_name="联系期限")),
                ("near_days", models.PositiveSmallIntegerField(verbose_name="临期提前天数")),
                ("done_on", models.DateField(null=True, verbose_name="联系日期")),
                (
                    "lead",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="callback",
                        to="leads.lead",
                        verbose_name="线索",
                    ),
                ),
            ],
            options={
                "verbose_name": "联系实名举报人",
                "ordering": ["pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("done_on", None)),
                        fields=["due_on"],
                        name="callback_waiting_by_due",
                    )
                ],
            },
        ),
        migrations.RunSQL(OPEN_LEADS, migrations.RunSQL.noop),
    ]
