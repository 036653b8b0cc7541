-- Claims of the newest reader.
select
    statement_id,
    version_id,
    reader_version,
    event_index,
    event_kind,
    event_date,
    date_basis,
    is_recap,
    measure,
    value,
    category,
    within,
    bound,
    period,
    field,
    quote,
    quote_start,
    quote_end
from {{ source('raw', 'statements') }}
where reader_version = (
    select arg_max(newest.reader_version, newest.change_number)
    from {{ source('raw', 'readings') }} as newest
)
