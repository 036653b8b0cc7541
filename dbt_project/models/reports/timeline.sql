-- The exchanges in order, with the days since the one before.
with exchanges as (
    select
        exchange_id,
        exchanged_on,
        released_total,
        date_diff('day', lag(exchanged_on) over (order by exchanged_on, exchange_id), exchanged_on)
            as days_since_last
    from {{ ref('fct_exchanges') }}
)

select
    exchange_id,
    exchanged_on,
    released_total,
    cast(days_since_last as integer) as days_since_last,
    coalesce(days_since_last = max(days_since_last) over (), false) as is_longest_pause
from exchanges
order by exchanged_on, exchange_id
