-- Only the extractor version of this build: statements of others are superseded and cause no conflict.
select
    version_id,
    reader_version,
    change_seq
from {{ source('raw', 'readings') }}
where reader_version = (select build.reader_version from {{ source('raw', 'build') }} as build)
