-- Items that wait for a review: doubts without a statement, announcements that were edited after a decision,
-- and figures that stand with a confidence below 0.9. Newest announcements first; within one, the largest
-- numbers first.
with decided as (
    select distinct
        versions.source_id,
        versions.announcement_id
    from {{ ref('stg_reviews') }} as reviews
    inner join {{ ref('int_announcement_versions') }} as versions
        on reviews.version_id = versions.version_id
    where reviews.review_id is not null
),

edited as (
    select
        versions.version_id,
        'edited after a decision' as reason,
        'event' as measure
    from {{ ref('int_announcement_versions') }} as versions
    semi join decided
        on
            versions.source_id = decided.source_id
            and versions.announcement_id = decided.announcement_id
    anti join {{ ref('stg_reviews') }} as reviews
        on
            versions.version_id = reviews.version_id
            and reviews.review_id is not null
),

waiting as (
    select
        doubts.version_id,
        'doubt' as reason,
        doubts.measure,
        doubts.value,
        doubts.quote,
        doubts.readings[1].label as first_reading,
        doubts.readings[1].chance as first_chance,
        doubts.readings[2].label as second_reading,
        doubts.readings[2].chance as second_chance,
        cast(null as double) as confidence
    from {{ ref('stg_doubts') }} as doubts
    union all by name
    select * from edited
    union all by name
    select
        statements.version_id,
        'low confidence' as reason,
        statements.measure,
        statements.value,
        statements.quote,
        statements.confidence
    from {{ ref('fct_statements') }} as statements
    where statements.verdict = 'stands' and statements.confidence < 0.9 and statements.event_id is not null
)

select
    versions.published_at,
    versions.source_id,
    versions.url,
    waiting.version_id,
    waiting.reason,
    waiting.measure,
    waiting.value,
    waiting.quote,
    waiting.first_reading,
    waiting.first_chance,
    waiting.second_reading,
    waiting.second_chance,
    waiting.confidence
from waiting
inner join {{ ref('int_announcement_versions') }} as versions
    on waiting.version_id = versions.version_id
where versions.is_current
order by
    versions.published_at desc, waiting.version_id asc, waiting.value desc nulls last, waiting.measure asc,
    waiting.quote asc
