{{ config(meta={"dagster": {"ref": {"name": "fct_exchanges"}}}) }}

select
    exchanges.exchange_id,
    exchanges.released_total,
    sum(personnel.persons) as persons
from {{ ref('fct_exchanges') }} as exchanges
left join {{ ref('fct_released_personnel') }} as personnel
    on
        exchanges.exchange_id = personnel.exchange_id
        and personnel.parent_branch is null
where exchanges.released_total is not null
group by exchanges.exchange_id, exchanges.released_total, exchanges.released_bound
having
    sum(personnel.persons) is distinct from exchanges.released_total
    and not coalesce(
        exchanges.released_bound <> 'exact' and sum(personnel.persons) > exchanges.released_total, false
    )
