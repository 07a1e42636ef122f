"""Reads of the search index that pass the wall (`leads.wall`), with keys as their only answer.

Row-level security tests every row before an operator may see it that could tell of its values, as
`@@` could; an index cannot be read that way. These functions read it as the owner. What they find
still goes through `visible_to` and the policies.
"""

from django.db import migrations

HITS = """
CREATE FUNCTION portal_lead_hits(words text[], number text, most int, newest int, often int)
RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    pairs tsquery := ''::tsquery;
    tests text := 'search @@ $1';
    met bigint := 0;
BEGIN
    FOR place IN 1 .. cardinality(words) LOOP
        pairs := CASE place WHEN 1 THEN portal_bigram_query(words[place])
                 ELSE pairs && portal_bigram_query(words[place]) END;
        -- Most texts that have the word have it letter for letter; to make a text plain costs a
        -- hundred times as much as to look, and is left to the end.
        IF char_length(words[place]) > 2 THEN
            tests := tests || format(
                ' AND (strpos(allegation, $2[%1$s]) > 0 OR strpos(title, $2[%1$s]) > 0 OR'
                ' strpos(portal_search_text(number, title, allegation, place_detail),'
                ' portal_search_text($2[%1$s])) > 0)', place);
        END IF;
    END LOOP;
    IF (SELECT reltuples > most FROM pg_class WHERE oid = 'leads_lead'::regclass) THEN
        EXECUTE format(
            'SELECT count(*) FROM (SELECT search, number, title, allegation, place_detail'
            ' FROM leads_lead ORDER BY id DESC LIMIT %s) AS latest WHERE %s', newest, tests)
            INTO met USING pairs, words;
    END IF;
    IF met >= often THEN
        RETURN NEXT NULL;
    ELSE
        RETURN QUERY EXECUTE format('SELECT id FROM leads_lead WHERE %s LIMIT %s', tests, most + 1)
            USING pairs, words;
    END IF;
    RETURN QUERY SELECT lead_id FROM leads_importedrow was
        WHERE was.old_number <> '' AND was.old_number = portal_lead_hits.number;
END
$$;
"""

ALIKE = """
CREATE FUNCTION portal_leads_alike(pairs tsquery, most int) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
SET enable_seqscan = off AS $$
    SELECT id FROM leads_lead WHERE search @@ pairs LIMIT most
$$;
"""

SHARES = """
CREATE FUNCTION portal_pair_shares(OUT pairs text[], OUT shares real[], OUT leads real)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT most_common_elems::text::text[], most_common_elem_freqs,
           (SELECT reltuples FROM pg_class WHERE oid = 'leads_lead'::regclass)
    FROM pg_stats
    WHERE schemaname = 'public' AND tablename = 'leads_lead' AND attname = 'search'
$$;
"""

DROP = """
DROP FUNCTION portal_pair_shares();
DROP FUNCTION portal_leads_alike(tsquery, int);
DROP FUNCTION portal_lead_hits(text[], text, int, int, int);
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0019_reporters")]

    operations = [migrations.RunSQL([HITS, ALIKE, SHARES], DROP)]
