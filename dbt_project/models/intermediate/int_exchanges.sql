-- An exchange exists on a day when at least one announcement of those days says that it took place.
-- A text that only looks back adds evidence to such a day but never creates one.
with announced as (
    select
        event_date,
        source_id,
        published_at
    from {{ ref('stg_statements') }}
    where
        event_kind = 'exchange'
        and measure = 'event'
        and event_date is not null
        and not is_recap
        and is_current
)

select
    'exchange-' || strftime(event_date, '%Y-%m-%d') as exchange_id,
    event_date as exchanged_on,
    min(published_at) as first_announced_at,
    count(distinct source_id) as source_count
from announced
group by event_date
