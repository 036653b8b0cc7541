-- Only the newest extractor version: statements of older ones are superseded and cause no conflict.
select
    version_id,
    reader_version,
    change_seq
from {{ source('raw', 'readings') }}
where reader_version = (
    select arg_max(newest.reader_version, newest.change_seq)
    from {{ source('raw', 'readings') }} as newest
)
