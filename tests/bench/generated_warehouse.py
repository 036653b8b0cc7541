"""A generated warehouse of any size: announcements of twenty sources, one in twenty about an exchange.

Written straight into raw.*, with the statements that an extractor would find; the texts are random real words.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from orchestration.settings import Settings
from orchestration.warehouse.database import Warehouse
from orchestration.warehouse.load import load_pages
from scrapers.extraction.version import reader_version
from scrapers.registry import load_registry

# Announcements a day that report an exchange, and the number of others for each of them.
VOICES, NOISE = 25, 19
FIRST_DAY = date(2022, 3, 1)

ANNOUNCEMENTS = """
create temp table numbered as
select
    number,
    number % $share = 0 as is_exchange,
    date '2022-03-01' + cast((number // ($independent_publishers * $share)) % 1700 as integer) as day,
    (number // $share) % $independent_publishers as voice,
    $sources[1 + (number // $share) % len($sources)] as source_id
from range($count) as numbers (number);

create temp table reported as
select *, left(sha256(concat_ws(chr(31), source_id, 'i' || number, '', text)), 24) as version_id
from (select
    *,
    100 + cast(hash(day) % 200 as integer) as total,
    case when is_exchange then
        'Сьогодні відбувся обмін полоненими. Додому повернулися ' || (100 + cast(hash(day) % 200 as integer)) || ' захисників, серед них '
        || (5 + hash(day) % 20) || ' офіцерів. Зі складу Національної гвардії – ' || (10 + hash(day) % 30)
        || ', Державної прикордонної служби – ' || (10 + hash(day) % 20) || ', Збройних Сил – 20. '
    else '' end
    || array_to_string(
        list_transform(range(110), lambda place: $words[cast(1 + hash(number, place) % len($words) as bigint)]), ' '
    ) as text
from numbered);

insert into raw.announcements by name
select
    version_id, source_id, 'i' || number as announcement_id,
    'https://example.org/' || source_id || '/' || number as url, 'uk' as language,
    day + interval 12 hour + interval (voice) minute as published_at,
    cast(null as varchar) as title, text, false as is_edited, cast(null as varchar) as forwarded_from,
    'page' as page_id, published_at as first_seen_at, version_id as content_id, 1 as load_seq
from reported;

insert into raw.readings by name
select version_id, $reader as reader_version, if(is_exchange, 'exchange', 'other') as kind, 'uk' as language,
    cast([] as varchar[]) as issues, timestamp '2026-11-01' as read_at, 1 as change_seq
from reported;

insert into raw.readers values ($reader, 1);

insert into raw.statements by name
with claims as (
    select version_id, day, text, unnest([
        {'measure': 'event', 'value': null, 'category': null, 'quote': 'Сьогодні відбувся обмін полоненими.'},
        {'measure': 'released_total', 'value': total, 'category': null, 'quote': total || ' захисників'},
        {'measure': 'officers', 'value': cast(5 + hash(day) % 20 as integer), 'category': null,
         'quote': (5 + hash(day) % 20) || ' офіцерів'},
        {'measure': 'by_service', 'value': cast(10 + hash(day) % 30 as integer), 'category': 'national_guard',
         'quote': 'Національної гвардії – ' || (10 + hash(day) % 30)},
        {'measure': 'by_service', 'value': cast(10 + hash(day) % 20 as integer), 'category': 'border_guard',
         'quote': 'Державної прикордонної служби – ' || (10 + hash(day) % 20)},
        {'measure': 'by_service', 'value': 20, 'category': 'armed_forces', 'quote': 'Збройних Сил – 20'}
    ]) as claim
    from reported
    where is_exchange
)
select
    version_id || '/' || claim.measure || coalesce(claim.category, '') as statement_id, version_id,
    $reader as reader_version, 0 as event_index, 'exchange' as event_kind, day as event_date, 'text' as date_basis,
    false as is_recap, claim.measure, claim.value, claim.category, 'exact' as bound, 'text' as field, claim.quote,
    cast(instr(text, claim.quote) - 1 as integer) as quote_start,
    cast(instr(text, claim.quote) - 1 + length(claim.quote) as integer) as quote_end
from claims;
"""


def generate(folder: Path, count: int) -> Settings:
    """A deployment with ``count`` announcements in raw.*, not built yet."""
    settings = Settings("sample", folder, folder)
    words = sorted({word for path in Path("docs").glob("*.md") for word in path.read_text("utf-8").split()})
    sources = [source.id for source in load_registry() if source.role == "facts"]
    with Warehouse(settings).connection() as connection:
        load_pages(connection, ())
        _run(connection, {"count": count, "words": words, "sources": sources})
    return settings


def _run(connection: duckdb.DuckDBPyConnection, given: dict[str, object]) -> None:
    parameters = {**given, "reader": reader_version(), "independent_publishers": VOICES, "share": NOISE + 1}
    for statement in ANNOUNCEMENTS.split(";\n"):
        if statement.strip():
            used = {name: value for name, value in parameters.items() if f"${name}" in statement}
            connection.execute(statement, used)
