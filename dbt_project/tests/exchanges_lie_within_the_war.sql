{{ config(meta={"dagster": {"ref": {"name": "fct_exchanges"}}}) }}

-- Kyiv is at most three hours ahead of UTC. The result must not depend on the session's time zone.
select
    exchange_id,
    exchanged_on,
    first_announced_at
from {{ ref('fct_exchanges') }}
where
    exchanged_on < date '2022-02-24'
    or exchanged_on > cast(first_announced_at + interval 3 hour as date)
    or exchanged_on > cast(make_timestamp(epoch_us(now())) + interval 3 hour as date)
