{{ config(meta={"dagster": {"ref": {"name": "fct_exchanges"}}}) }}

with ids as (
    select exchange_id from {{ ref('fct_exchanges') }}
    union all
    select exchange_id from {{ ref('fct_withdrawn_exchanges') }}
),

twice as (
    select ids.exchange_id
    from ids
    group by ids.exchange_id
    having count(*) > 1
),

days as (
    select any_value(exchanges.exchange_id) as exchange_id
    from {{ ref('fct_exchanges') }} as exchanges
    group by exchanges.exchanged_on
    having count(*) > 1
)

select twice.exchange_id from twice
union all
select days.exchange_id from days
