-- Exchanges whose announcement was withdrawn, each with the reason. Their ids are never reused.
with withdrawn as (
    select
        before.event_id,
        before.day,
        ended.as_of,
        unnest(before.mentions) as mention
    from {{ ref('int_event_timeline') }} as before
    inner join {{ ref('int_event_timeline') }} as ended
        on
            before.event_kind = ended.event_kind
            and before.day = ended.day
            and before.handover = ended.handover
            and before.as_of_end = ended.as_of
    where before.event_kind = 'exchange' and before.is_announced and not ended.is_announced
),

moved as (
    select distinct
        listed.mention.version_id,
        timeline.day + 1 as day
    from {{ ref('int_event_timeline') }} as timeline
    cross join unnest(timeline.mentions) as listed (mention)
    where timeline.event_kind = 'exchange' and listed.mention.is_moved
),

reasons as (
    select
        withdrawn.event_id,
        withdrawn.day,
        withdrawn.as_of,
        versions.version_id,
        versions.source_id,
        versions.announcement_id,
        versions.url,
        case
            when versions.deleted_at = withdrawn.as_of then 'its source deleted the announcement'
            when
                versions.valid_to = withdrawn.as_of
                then 'the announcement was edited and no longer tells it'
            when moved.day is not null then 'the announcement proved to tell of the day before'
            else 'another text counts it together with others of its day'
        end as reason
    from withdrawn
    inner join {{ ref('int_announcement_versions') }} as versions
        on withdrawn.mention.version_id = versions.version_id
    left join moved
        on
            withdrawn.mention.version_id = moved.version_id
            and withdrawn.day = moved.day
    qualify row_number() over (
        partition by withdrawn.event_id
        order by versions.valid_to = withdrawn.as_of desc nulls last, versions.version_id
    ) = 1
),

totals as (
    select
        event_id,
        arg_max(value, as_of) as released_total,
        arg_max(bound, as_of) as released_bound
    from {{ ref('int_statement_verdicts') }}
    where event_kind = 'exchange' and measure = 'released_total' and verdict = 'stands'
    group by event_id
),

starts as (
    select
        event_id,
        min(as_of) as announced_at
    from {{ ref('int_event_timeline') }}
    where event_kind = 'exchange' and is_announced
    group by event_id
),

current_mentions as (
    select
        event_id,
        unnest(mentions) as mention
    from {{ ref('int_event_timeline') }}
    where event_kind = 'exchange' and is_last and is_announced
),

-- The exchange that the announcement now reports, if any.
successors as (
    select
        reasons.event_id,
        min(current_mentions.event_id) as replaced_by
    from reasons
    inner join {{ ref('int_announcement_versions') }} as versions
        on
            reasons.source_id = versions.source_id
            and reasons.announcement_id = versions.announcement_id
            and versions.is_current
    inner join current_mentions
        on versions.version_id = current_mentions.mention.version_id
    group by reasons.event_id
)

select
    reasons.event_id as exchange_id,
    reasons.day as exchanged_on,
    totals.released_total,
    totals.released_bound,
    starts.announced_at,
    reasons.as_of as withdrawn_at,
    reasons.reason,
    successors.replaced_by,
    reasons.version_id,
    reasons.source_id,
    reasons.url
from reasons
inner join starts on reasons.event_id = starts.event_id
left join totals on reasons.event_id = totals.event_id
left join successors on reasons.event_id = successors.event_id
order by exchange_id
