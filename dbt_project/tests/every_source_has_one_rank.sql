{{ config(meta={"dagster": {"ref": {"name": "dim_source_precedence"}}}) }}

select
    measure,
    count(*) as sources,
    count(distinct source_rank) as different_ranks
from {{ ref('dim_source_precedence') }}
group by measure
having count(distinct source_rank) <> count(*) or count(*) <> (select count(*) from {{ ref('dim_sources') }})
