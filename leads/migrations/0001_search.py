"""The database's side of searching: text made plain, cut into pairs, and queries cut alike."""

from django.db import migrations

PLAIN = r"""
CREATE FUNCTION portal_plain(word text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT regexp_replace(
        lower(normalize(word, NFKC)),
        '[\s\u0001-\u002F\u003A-\u0040\u005B-\u0060\u007B-\u00BF\u2000-\u206F\u3000-\u303F\uFE30-\uFE4F\uFF00-\uFF0F\uFF1A-\uFF20\uFF3B-\uFF40\uFF5B-\uFF65]+',
        '', 'g')
$$;
"""

SEARCH_TEXT = """
CREATE FUNCTION portal_search_text(VARIADIC parts text[]) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(string_agg(portal_plain(part), E'\\n' ORDER BY place), '')
    FROM unnest(parts) WITH ORDINALITY AS given(part, place)
    WHERE part IS NOT NULL
$$;
"""

BIGRAMS = """
CREATE FUNCTION portal_bigrams(VARIADIC parts text[]) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(array_to_tsvector(array_agg(DISTINCT pair)), ''::tsvector)
    FROM (
        SELECT rtrim(sign || coalesce(lead(sign) OVER (ORDER BY place), ''), E'\\n') AS pair, sign
        FROM unnest(string_to_array(portal_search_text(VARIADIC parts), NULL))
             WITH ORDINALITY AS signs(sign, place)
    ) AS pairs
    WHERE sign <> E'\\n'
$$;
"""

QUERY = """
CREATE FUNCTION portal_bigram_query(word text) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE char_length(portal_plain(word))
        WHEN 0 THEN ''::tsquery
        WHEN 1 THEN ('''' || portal_plain(word) || ''':*')::tsquery
        ELSE (
            SELECT string_agg('''' || substr(portal_plain(word), place, 2) || '''', ' & ')::tsquery
            FROM generate_series(1, char_length(portal_plain(word)) - 1) AS places(place)
        )
    END
$$;
"""

DROP = """
DROP FUNCTION portal_bigram_query(text);
DROP FUNCTION portal_bigrams(text[]);
DROP FUNCTION portal_search_text(text[]);
DROP FUNCTION portal_plain(text);
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [migrations.RunSQL(PLAIN + SEARCH_TEXT + BIGRAMS + QUERY, DROP)]
