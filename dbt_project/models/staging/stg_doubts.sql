-- Doubts of the extractor version of this build, for announcement versions without a review decision.
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
where doubts.reader_version = (select build.reader_version from {{ source('raw', 'build') }} as build)
