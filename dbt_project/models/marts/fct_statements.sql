{{ config(
    materialized='incremental', incremental_strategy='replace_changed', on_schema_change='fail',
    unique_key=['statement_id'], meta={'changed_in': 'int_changed_statements'}
) }}
-- Every statement of every version, with its event and its verdict.
with judged as (
    select
        statement_id,
        event_kind,
        event_id,
        verdict,
        verdict_rule,
        is_conflict
    from {{ ref('int_statement_verdicts') }}
    where is_last
)

select
    statements.statement_id,
    coalesce(judged.event_id, events.event_id) as event_id,
    if(statements.event_kind = 'exchange', coalesce(judged.event_id, events.event_id), null) as exchange_id,
    statements.event_kind,
    statements.event_date,
    statements.is_recap,
    statements.measure,
    statements.value,
    statements.category,
    statements.parent_branch,
    statements.bound,
    statements.period,
    statements.confidence,
    case
        when judged.verdict is not null then judged.verdict
        when not versions.is_current then 'overruled'
        when
            statements.event_kind is null or (statements.measure = 'part' and statements.category = 'other')
            then 'stands'
        else 'unmatched'
    end as verdict,
    case
        when judged.verdict is not null then judged.verdict_rule
        when not versions.is_newest then 'a later version of the announcement replaced it'
        when versions.deleted_at is not null then 'its source deleted the announcement'
        when statements.event_kind is null then 'a claim of its own about a period'
        when statements.measure = 'part' and statements.category = 'other'
            then 'a group without a code of its own; it is in no sum'
        when handovers.mention_id is not null and handovers.handover is null
            then 'counts all exchanges of its day together'
        else 'looks back at a day of which no announcement is held'
    end as verdict_rule,
    coalesce(judged.is_conflict, false) as is_conflict,
    versions.is_current,
    statements.quote,
    statements.field,
    statements.quote_start,
    statements.quote_end,
    versions.source_id,
    statements.version_id,
    versions.published_at,
    versions.url
from {{ ref('stg_statements') }} as statements
semi join {{ ref('int_changed_statements') }} as touched
    on statements.statement_id = touched.statement_id
inner join {{ ref('int_announcement_versions') }} as versions
    on statements.version_id = versions.version_id
left join judged on statements.statement_id = judged.statement_id
-- A statement of a version that was edited or deleted still refers to its event.
left join {{ ref('int_handovers') }} as handovers
    on
        statements.event_kind = handovers.event_kind
        and statements.event_date = handovers.day
        and statements.version_id || '/' || statements.event_index = handovers.mention_id
left join {{ ref('int_events') }} as events
    on
        handovers.event_kind = events.event_kind
        and handovers.day = events.day
        and handovers.handover = events.handover
        and (not versions.is_current or (statements.measure = 'part' and statements.category = 'other'))
order by versions.published_at, statements.version_id, statements.statement_id
