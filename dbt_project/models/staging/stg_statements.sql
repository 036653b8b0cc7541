-- Statements of the extractor version of this build; a review decision replaces those of its announcement
-- version.
with decided as (
    select
        version_id,
        review_id,
        decision,
        decided_at
    from {{ ref('stg_reviews') }}
    where review_id is not null
),

in_force as (
    select
        statements.*,
        cast(null as varchar) as review_decision,
        cast(null as timestamp) as reviewed_at
    from {{ source('raw', 'statements') }} as statements
    anti join decided on statements.version_id = decided.version_id
    where
        statements.reader_version = (select build.reader_version from {{ source('raw', 'build') }} as build)
    union all
    select
        statements.*,
        decided.decision as review_decision,
        decided.decided_at as reviewed_at
    from {{ source('raw', 'statements') }} as statements
    inner join decided
        on statements.version_id = decided.version_id and statements.reader_version = decided.review_id
)

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
    within as parent_branch,
    bound,
    period,
    field,
    quote,
    quote_start,
    quote_end,
    confidence,
    review_decision,
    reviewed_at
from in_force
