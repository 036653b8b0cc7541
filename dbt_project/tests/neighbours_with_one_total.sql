{{ config(severity='warn', meta={"dagster": {"ref": {"name": "fct_exchanges"}}}) }}

select
    later.exchange_id,
    earlier.exchange_id as earlier_exchange_id,
    later.released_total
from {{ ref('fct_exchanges') }} as later
inner join {{ ref('fct_exchanges') }} as earlier
    on
        later.exchanged_on = earlier.exchanged_on + 1
        and later.released_total = earlier.released_total
where
    coalesce(later.official_number = earlier.official_number, true)
    and coalesce(later.stage = earlier.stage, true)
