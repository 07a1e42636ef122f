from django.db import migrations

#: The town of a delivery is that of its recipient's first membership.
TOWNS = """
UPDATE messaging_delivery delivery SET jurisdiction_id = held.town
FROM messaging_message message
JOIN (
    SELECT DISTINCT ON (membership.account_id) membership.account_id, unit.jurisdiction_id AS town
    FROM departments_membership membership
    JOIN departments_unit unit ON unit.id = membership.unit_id
    ORDER BY membership.account_id, membership.id
) held ON held.account_id = message.recipient_id
WHERE message.id = delivery.message_id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0002_channels_and_quiet_hours"),
        ("departments", "0004_initial_passwords"),
    ]

    operations = [migrations.RunSQL(TOWNS, migrations.RunSQL.noop)]
