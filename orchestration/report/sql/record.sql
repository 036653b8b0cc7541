-- What the whole record holds: its exchanges, the last one, the longest pause, and what waits for a review.
with exchanges as (
    select
        count(*) as exchanges,
        count(*) filter (where released_total is null) as without_number,
        sum(returned_to_russia) as returned,
        count(returned_to_russia) as returned_told_in,
        max(exchanged_on) as last_day
    from marts.fct_exchanges
),

years as (
    select
        sum(released_in_all) as released,
        case
            when not coalesce(bool_or(released_bound like '%about'), false)
                then if(coalesce(bool_or(released_bound <> 'exact'), false), 'at_least', 'exact')
            when bool_or(released_bound like 'at_least%') then 'at_least_about'
            else 'about'
        end as bound
    from reports.by_year
),

pauses as (
    select
        max(days_since_last) as longest_pause,
        max(exchanged_on) filter (where is_longest_pause) as longest_pause_until
    from reports.timeline
),

-- A figure that stands with a low confidence is in the queue too, but waits for no decision.
reviews as (
    select count(distinct url) as waiting
    from reports.review_queue
    where reason = 'doubt'
),

-- The Ukrainian source that comes first for figures; without it, exchanges and numbers are missing.
held as (
    select
        sources.publisher,
        min(announcements.published_at) as since
    from marts.dim_announcements as announcements
    inner join marts.dim_sources as sources on announcements.source_id = sources.source_id
    where sources.side = 'ukraine'
    group by sources.publisher, sources.precedence
    order by sources.precedence
    limit 1
),

-- An announcement has a row for each of its versions.
announcements as (
    select count(distinct concat_ws(' ', source_id, announcement_id)) as announcements
    from marts.dim_announcements
)

select
    exchanges.exchanges::integer as exchanges,
    exchanges.without_number::integer as without_number,
    years.released::integer as released,
    years.bound,
    exchanges.returned::integer as returned,
    exchanges.returned_told_in::integer as returned_told_in,
    exchanges.last_day,
    pauses.longest_pause::integer as longest_pause,
    pauses.longest_pause_until,
    reviews.waiting::integer as waiting,
    announcements.announcements::integer as announcements,
    timezone('Europe/Kyiv', timezone('UTC', held.since))::date as held_since,
    held.publisher as held_publisher,
    about.built_at,
    about.obmin_version,
    about.publication_id
from exchanges
cross join years
cross join pauses
cross join reviews
left join held on true
cross join announcements
cross join meta.about as about
