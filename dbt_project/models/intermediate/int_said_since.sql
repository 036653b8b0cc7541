{{ config(
    materialized='incremental', incremental_strategy='replace_changed',
    unique_key=['source_id', 'announcement_id'], meta={'changed_in': 'int_changed_items'}
) }}
-- Since when each statement's announcement has said it: the first of the consecutive versions that say the
-- same. An edit of other words makes a statement no later one.
with said as (
    select
        statements.statement_id,
        statements.event_kind,
        statements.event_date,
        statements.measure,
        statements.value,
        statements.category,
        statements.parent_branch,
        statements.bound,
        statements.period,
        versions.source_id,
        versions.announcement_id,
        versions.version_number,
        versions.valid_from
    from {{ ref('stg_statements') }} as statements
    inner join {{ ref('int_announcement_versions') }} as versions
        on statements.version_id = versions.version_id
    semi join {{ ref('int_changed_items') }} as touched
        on
            versions.source_id = touched.source_id
            and versions.announcement_id = touched.announcement_id
),

runs as (
    select
        *,
        version_number - dense_rank() over (
            partition by
                source_id, announcement_id, event_kind, event_date, measure, value, category, parent_branch,
                bound, period
            order by version_number
        ) as run
    from said
)

select
    source_id,
    announcement_id,
    statement_id,
    min(valid_from) over (
        partition by
            source_id, announcement_id, event_kind, event_date, measure, value, category, parent_branch,
            bound, period, run
    ) as said_since
from runs
