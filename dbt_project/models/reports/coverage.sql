-- Sources that announced each exchange, with the delay after the first in minutes and the total that each
-- reports now.
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
        arg_max(value, published_at) as released_total,
        arg_max(bound, published_at) as released_bound,
        arg_max(is_conflict, published_at) as has_conflict,
        arg_max(url, published_at) as total_url
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
