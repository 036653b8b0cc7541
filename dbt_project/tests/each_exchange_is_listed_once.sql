{{ config(meta={"dagster": {"ref": {"name": "fct_exchanges"}}}) }}

with ids as (
    select exchange_id from {{ ref('fct_exchanges') }}
    union all
    select exchange_id from {{ ref('fct_withdrawn_exchanges') }}
)

select ids.exchange_id
from ids
group by ids.exchange_id
having count(*) > 1
