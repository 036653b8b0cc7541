{{ config(meta={"dagster": {"ref": {"name": "fct_released_personnel"}}}) }}

select
    nested.exchange_id,
    nested.within_branch,
    sum(nested.persons) as nested_persons,
    any_value(whole.persons) as whole_persons
from {{ ref('fct_released_personnel') }} as nested
left join {{ ref('fct_released_personnel') }} as whole
    on
        nested.exchange_id = whole.exchange_id
        and nested.within_branch = whole.service_branch
        and whole.within_branch is null
where nested.within_branch is not null
group by nested.exchange_id, nested.within_branch
having sum(nested.persons) > coalesce(any_value(whole.persons), 0)
