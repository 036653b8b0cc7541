-- Readings of the newest reader only: an older reader's claims are superseded, not rivals.
select
    version_id,
    reader_version,
    change_number
from {{ source('raw', 'readings') }}
where reader_version = (
    select arg_max(newest.reader_version, newest.change_number)
    from {{ source('raw', 'readings') }} as newest
)
