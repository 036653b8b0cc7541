{{ config(meta={"dagster": {"ref": {"name": "fct_exchanges"}}}) }}

with exchanges as (
    select
        exchange_id,
        released_total as whole,
        coalesce(military, 0) + coalesce(civilians, 0) as military_and_civilians,
        coalesce(officers, 0) + coalesce(privates_and_sergeants, 0) as ranks,
        women
    from {{ ref('fct_exchanges') }}
    where released_bound = 'exact'
),

nested as (
    select
        nested.exchange_id,
        nested.service_branch as part,
        nested.persons,
        coalesce(whole.persons, 0) as whole
    from {{ ref('fct_released_personnel') }} as nested
    left join {{ ref('fct_released_personnel') }} as whole
        on
            nested.exchange_id = whole.exchange_id
            and nested.parent_branch = whole.service_branch
            and whole.parent_branch is null
    where nested.parent_branch is not null
),

parts as (
    unpivot exchanges
    on military_and_civilians, ranks, women
    into name part value persons
)

select
    exchange_id,
    part,
    persons,
    whole
from parts
where persons > whole
union all
select
    exchange_id,
    part,
    persons,
    whole
from nested
where persons > whole
