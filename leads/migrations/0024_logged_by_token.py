"""Whether a lead was registered with a form's token, also one that is kept from whoever asks.

What came before a lead (an incident) asks it, to be kept from those from whom the lead is kept. It
answers yes or no, and only about a token that the asker already has.
"""

from django.db import migrations

LOGGED = """
CREATE FUNCTION portal_is_logged(token uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT EXISTS (SELECT FROM leads_lead WHERE submission = token)
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0023_reporters_sealed_anew")]

    operations = [migrations.RunSQL(LOGGED, "DROP FUNCTION portal_is_logged(uuid);")]
