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
),

touched as (
    select statements.*
    from {{ ref('stg_statements') }} as statements
    semi join {{ ref('int_changed_statements') }} as changed
        on statements.statement_id = changed.statement_id
),

-- The stated days and the days before, to which a mention may have been moved.
days as (
    select distinct
        event_kind,
        unnest([event_date, event_date - 1]) as day
    from touched
),

mentioned as (
    select
        timeline.event_kind,
        timeline.day,
        timeline.handover,
        timeline.as_of,
        unnest(timeline.mentions) as mention
    from {{ ref('int_event_timeline') }} as timeline
    semi join days
        on
            timeline.event_kind = days.event_kind
            and timeline.day = days.day
),

-- The event to which a statement's mention belonged last.
placed as (
    select
        touched.statement_id,
        events.event_id
    from touched
    inner join mentioned
        on
            touched.event_kind = mentioned.event_kind
            and touched.version_id = mentioned.mention.version_id
            and touched.event_index = mentioned.mention.event_index
    left join {{ ref('int_events') }} as events
        on
            mentioned.event_kind = events.event_kind
            and mentioned.day = events.day
            and mentioned.handover = events.handover
    qualify row_number() over (
        partition by touched.statement_id
        order by mentioned.as_of desc, mentioned.day desc
    ) = 1
),

of_whole_days as (
    select touched.statement_id
    from touched
    semi join {{ ref('int_counted_together') }} as together
        on
            touched.event_kind = together.event_kind
            and touched.version_id || '/' || touched.event_index = together.mention_id
),

-- One of several exchanges of a day that another text counts together (int_event_timeline).
told_together as (
    select touched.statement_id
    from touched
    inner join {{ ref('int_handovers') }} as handovers
        on
            touched.event_kind = handovers.event_kind
            and touched.version_id || '/' || touched.event_index = handovers.mention_id
    semi join {{ ref('int_events') }} as events
        on
            handovers.event_kind = events.event_kind
            and handovers.day = events.day
    where not touched.is_recap
    group by touched.statement_id
),

-- A statement of a version that was edited or deleted still refers to its event, and so does a group without
-- a code.
with_event as (
    select
        touched.*,
        coalesce(
            judged.event_id,
            if(
                not versions.is_current or (touched.measure = 'part' and touched.category = 'other'),
                placed.event_id,
                null
            )
        ) as event_id,
        judged.verdict as judged_verdict,
        judged.verdict_rule as judged_rule,
        coalesce(judged.is_conflict, false) as is_conflict,
        of_whole_days.statement_id is not null as counts_all_of_the_day,
        told_together.statement_id is not null as is_told_together
    from touched
    inner join {{ ref('int_announcement_versions') }} as versions
        on touched.version_id = versions.version_id
    left join judged on touched.statement_id = judged.statement_id
    left join placed on touched.statement_id = placed.statement_id
    left join of_whole_days on touched.statement_id = of_whole_days.statement_id
    left join told_together on touched.statement_id = told_together.statement_id
)

select
    statements.statement_id,
    statements.event_id,
    if(statements.event_kind = 'exchange', statements.event_id, null) as exchange_id,
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
        when statements.judged_verdict is not null then statements.judged_verdict
        when not versions.is_current then 'overruled'
        when
            statements.event_kind is null or (statements.measure = 'part' and statements.category = 'other')
            then 'stands'
        else 'unmatched'
    end as verdict,
    case
        when statements.judged_verdict is not null then statements.judged_rule
        when not versions.is_newest then 'a later version of the announcement replaced it'
        when versions.deleted_at is not null then 'its source deleted the announcement'
        when statements.event_kind is null and statements.period is null
            then 'a claim for an uncertain period'
        when statements.event_kind is null then 'a claim of its own about a period'
        when statements.measure = 'part' and statements.category = 'other'
            then 'a group without a code of its own; it is in no sum'
        when statements.counts_all_of_the_day
            then 'counts all exchanges of its day together'
        when statements.is_told_together
            then 'one of several exchanges of its day that another text counts together'
        else 'looks back at a day of which no announcement is held'
    end as verdict_rule,
    statements.is_conflict,
    versions.is_current,
    statements.quote,
    statements.field,
    statements.quote_start,
    statements.quote_end,
    versions.source_id,
    statements.version_id,
    versions.published_at,
    versions.valid_from as said_at,
    said.said_since,
    versions.url,
    statements.review_decision,
    statements.reviewed_at
from with_event as statements
inner join {{ ref('int_announcement_versions') }} as versions
    on statements.version_id = versions.version_id
inner join {{ ref('int_said_since') }} as said
    on statements.statement_id = said.statement_id
order by versions.published_at, statements.version_id, statements.statement_id
