{{ config(severity='warn', meta={"dagster": {"ref": {"name": "fct_exchanges"}}}) }}

with numbered as (
    select
        exchange_id,
        exchanged_on,
        official_number,
        max(official_number) over (
            order by exchanged_on rows between unbounded preceding and 1 preceding
        ) as highest_before
    from {{ ref('fct_exchanges') }}
    where official_number is not null
)

select * from numbered
where official_number < highest_before
