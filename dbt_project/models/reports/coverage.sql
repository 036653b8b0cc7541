-- Sources that announced each exchange, with the delay after the first in minutes and the total that each
-- reports now: the one that stands, else the latest that it began to say.
with announced as (
    select
        exchange_id,
        source_id,
        min(published_at) as announced_at,
        arg_min(url, published_at) as url
    from {{ ref('fct_statements') }}
    where
        exchange_id is not null
        and measure = 'event'
        and is_current
        and not is_recap
    group by exchange_id, source_id
),

totals as (
    select
        exchange_id,
        source_id,
        arg_max(value, (verdict = 'stands', said_since, statement_id)) as released_total,
        arg_max(bound, (verdict = 'stands', said_since, statement_id)) as released_bound,
        arg_max(is_conflict, (verdict = 'stands', said_since, statement_id)) as has_conflict,
        arg_max(url, (verdict = 'stands', said_since, statement_id)) as total_url
    from {{ ref('fct_statements') }}
    where exchange_id is not null and measure = 'released_total' and is_current and not is_recap
    group by exchange_id, source_id
)

select
    exchanges.exchange_id,
    exchanges.exchanged_on,
    announced.source_id,
    sources.publisher,
    sources.side,
    announced.announced_at,
    cast(
        date_diff(
            'minute',
            min(announced.announced_at) over (partition by announced.exchange_id),
            announced.announced_at
        )
        as integer
    ) as minutes_after_first,
    totals.released_total,
    totals.released_bound,
    coalesce(totals.has_conflict, false) as has_conflict,
    announced.url,
    totals.total_url
from announced
inner join {{ ref('fct_exchanges') }} as exchanges on announced.exchange_id = exchanges.exchange_id
inner join {{ ref('dim_sources') }} as sources on announced.source_id = sources.source_id
left join totals
    on
        announced.exchange_id = totals.exchange_id
        and announced.source_id = totals.source_id
order by exchanges.exchanged_on, announced.announced_at, announced.source_id
