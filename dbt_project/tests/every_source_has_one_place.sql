{{ config(meta={"dagster": {"ref": {"name": "dim_source_precedence"}}}) }}

select
    measure,
    count(*) as places,
    count(distinct place) as different_places
from {{ ref('dim_source_precedence') }}
group by measure
having count(distinct place) <> count(*) or count(*) <> (select count(*) from {{ ref('dim_sources') }})
