-- Statements of the newest reader only: an older reader's claims are superseded, not rivals.
with readings as (
    select
        version_id,
        reader_version
    from {{ source('raw', 'readings') }}
    qualify row_number() over (
        partition by version_id
        order by read_at desc, reader_version desc
    ) = 1
)

select
    statements.statement_id,
    statements.version_id,
    statements.reader_version,
    statements.event_index,
    statements.event_kind,
    statements.event_date,
    statements.date_basis,
    statements.is_recap,
    statements.measure,
    statements.value,
    statements.category,
    statements.within,
    statements.bound,
    statements.period,
    statements.field,
    statements.quote,
    statements.quote_start,
    statements.quote_end,
    announcements.source_id,
    announcements.announcement_id,
    announcements.url,
    announcements.published_at,
    announcements.is_current,
    announcements.forwarded_from,
    sources.publisher,
    sources.precedence
from {{ source('raw', 'statements') }} as statements
inner join readings
    on
        statements.version_id = readings.version_id
        and statements.reader_version = readings.reader_version
inner join {{ ref('stg_announcements') }} as announcements
    on statements.version_id = announcements.version_id
inner join {{ ref('stg_sources') }} as sources
    on announcements.source_id = sources.source_id
