with events as (
    select * from {{ ref('int_events') }}
    where event_kind = 'exchange'
),

statements as (
    select * from {{ ref('int_statement_verdicts') }}
    where event_kind = 'exchange' and is_last
),

figures as (
    select
        event_id,
        max(value) filter (where measure = 'released_total') as released_total,
        max(bound) filter (where measure = 'released_total') as released_bound,
        max(url) filter (where measure = 'released_total') as released_url,
        max(value) filter (where measure = 'military') as military,
        max(value) filter (where measure = 'civilians') as civilians,
        max(value) filter (where measure = 'returned_to_russia') as returned_to_russia,
        max(value) filter (where measure = 'officers') as officers,
        max(value) filter (where measure = 'privates_and_sergeants') as privates_and_sergeants,
        max(value) filter (where measure = 'women') as women,
        max(value) filter (where measure = 'stage') as stage,
        max(url) filter (where measure = 'event') as event_url,
        list(subject order by subject) filter (where measure = 'mediator' and not is_recap) as mediators,
        min(confidence) filter (where measure <> 'part') as confidence
    from statements
    where verdict = 'stands'
    group by event_id
),

conflicts as (
    select
        event_id,
        bool_or(is_conflict and measure <> 'part') as has_conflict
    from statements
    group by event_id
),

-- Exchanges with a number that the extractor left as a doubt and that may be the total.
doubtful as (
    select distinct moments.event_id
    from {{ ref('int_event_timeline') }} as moments
    cross join unnest(moments.mentions) as listed (mention)
    inner join {{ ref('stg_doubts') }} as doubts
        on listed.mention.version_id = doubts.version_id
    where
        moments.is_last
        and (
            doubts.measure = 'released_total'
            or 'released_total of an event that is main' in (
                doubts.readings[1].label, doubts.readings[2].label
            )
        )
),

revised as (
    select
        exchange_id,
        max(revised_at) as last_revised_at
    from {{ ref('fct_exchange_revisions') }}
    group by exchange_id
)

select
    events.event_id as exchange_id,
    if(events.independent_publishers > 1, 'confirmed', 'announced') as status,
    events.day as exchanged_on,
    numbers.official_number,
    figures.stage,
    figures.released_total,
    figures.military,
    figures.civilians,
    figures.released_bound,
    figures.released_bound = 'at_least' as released_is_lower_bound,
    figures.released_total is null and doubtful.event_id is not null as released_is_to_be_confirmed,
    figures.returned_to_russia,
    figures.officers,
    figures.privates_and_sergeants,
    figures.women,
    coalesce(figures.mediators, cast([] as varchar[])) as mediators,
    events.source_count,
    conflicts.has_conflict,
    least(figures.confidence, statements_of_numbers.confidence) as confidence,
    events.first_announced_at,
    coalesce(revised.last_revised_at, events.first_announced_at) as last_revised_at,
    coalesce(figures.released_url, figures.event_url) as announcement_url
from events
inner join figures on events.event_id = figures.event_id
inner join conflicts on events.event_id = conflicts.event_id
left join revised on events.event_id = revised.exchange_id
left join doubtful on events.event_id = doubtful.event_id
left join {{ ref('int_official_numbers') }} as numbers on events.event_id = numbers.exchange_id
-- The number may be that of a text about another day.
left join {{ ref('stg_statements') }} as statements_of_numbers
    on numbers.statement_id = statements_of_numbers.statement_id
order by events.day, events.handover
