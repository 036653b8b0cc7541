-- Doubts of the newest extractor version, for announcement versions without a review decision.
with decided as (
    select version_id
    from {{ ref('stg_reviews') }}
    where review_id is not null
)

select
    doubts.doubt_id,
    doubts.version_id,
    doubts.measure,
    doubts.value,
    doubts.field,
    doubts.quote,
    doubts.quote_start,
    doubts.quote_end,
    doubts.readings
from {{ source('raw', 'doubts') }} as doubts
anti join decided
    on doubts.version_id = decided.version_id
where doubts.reader_version = (
    select arg_max(newest.reader_version, newest.change_seq)
    from {{ source('raw', 'readings') }} as newest
)
