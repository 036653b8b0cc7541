{{ config(
    materialized='incremental', incremental_strategy='replace_changed', on_schema_change='fail',
    unique_key=['exchanged_on'], meta={'changed_in': 'int_changed_days', 'changed_key': ['day']}
) }}
-- Every change of a figure after an exchange was first announced. Figures of the first announcement are not
-- revisions; figures added, corrected or taken back later are.
with moments as (
    select
        moments.event_id,
        moments.day,
        moments.as_of,
        row_number() over (partition by moments.event_id order by moments.as_of) = 1 as is_first
    from {{ ref('int_event_timeline') }} as moments
    semi join {{ ref('int_changed_days') }} as touched
        on moments.day = touched.day
    where moments.event_kind = 'exchange' and moments.is_announced
),

standing as (
    select
        judged.event_id,
        judged.as_of,
        judged.measure,
        judged.subject,
        judged.parent_branch,
        judged.value,
        judged.bound,
        judged.statement_id
    from {{ ref('int_statement_verdicts') }} as judged
    semi join {{ ref('int_changed_days') }} as touched
        on judged.day = touched.day
    where
        judged.event_kind = 'exchange'
        and judged.verdict = 'stands'
        and judged.value is not null
        and judged.measure <> 'part'
),

figures as (
    select distinct
        event_id,
        measure,
        subject,
        parent_branch
    from standing
),

timeline as (
    select
        figures.*,
        moments.day,
        moments.as_of,
        moments.is_first,
        standing.value as new_value,
        standing.bound as new_bound,
        standing.statement_id as new_statement_id,
        lag(standing.value) over history as old_value,
        lag(standing.bound) over history as old_bound,
        lag(standing.statement_id) over history as old_statement_id
    from figures
    inner join moments
        on figures.event_id = moments.event_id
    left join standing
        on
            figures.event_id = standing.event_id
            and moments.as_of = standing.as_of
            and figures.measure = standing.measure
            and figures.subject is not distinct from standing.subject
            and figures.parent_branch is not distinct from standing.parent_branch
    window history as (
        partition by figures.event_id, figures.measure, figures.subject, figures.parent_branch
        order by moments.as_of
    )
),

statement_details as (
    select
        statements.statement_id,
        statements.quote,
        versions.version_id,
        versions.version_number,
        versions.source_id,
        versions.url,
        versions.valid_from,
        versions.valid_to,
        versions.deleted_at
    from {{ ref('stg_statements') }} as statements
    semi join {{ ref('int_changed_statements') }} as touched
        on statements.statement_id = touched.statement_id
    inner join {{ ref('int_announcement_versions') }} as versions
        on statements.version_id = versions.version_id
)

select
    timeline.event_id as exchange_id,
    timeline.day as exchanged_on,
    timeline.as_of as revised_at,
    timeline.measure,
    timeline.subject as service_branch,
    timeline.parent_branch,
    case
        when timeline.old_value is null then 'added'
        when timeline.new_value is null then 'taken back'
        else 'corrected'
    end as change,
    timeline.old_value,
    timeline.new_value,
    timeline.old_bound,
    timeline.new_bound,
    case
        when old_statements.deleted_at = timeline.as_of then 'the source deleted its announcement'
        when
            new_statements.valid_from = timeline.as_of and new_statements.version_number > 1
            then 'the announcement was edited'
        when new_statements.valid_from = timeline.as_of then 'a later announcement'
        when old_statements.valid_to = timeline.as_of then 'the announcement was edited and no longer says it'
        else 'another statement changed what the arithmetic or the order allows'
    end as cause,
    coalesce(new_statements.version_id, old_statements.version_id) as version_id,
    coalesce(new_statements.source_id, old_statements.source_id) as source_id,
    coalesce(new_statements.url, old_statements.url) as url,
    new_statements.quote,
    timeline.old_statement_id,
    timeline.new_statement_id
from timeline
left join statement_details as new_statements on timeline.new_statement_id = new_statements.statement_id
left join statement_details as old_statements on timeline.old_statement_id = old_statements.statement_id
where
    not timeline.is_first
    and (timeline.new_value, timeline.new_bound) is distinct from (timeline.old_value, timeline.old_bound)
order by timeline.event_id, timeline.as_of, timeline.measure, timeline.subject, timeline.parent_branch
