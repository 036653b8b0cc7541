-- Rank of each source for each measure; no two sources share a rank.
select
    measures.measure,
    sources.source_id,
    cast(row_number() over (
        partition by measures.measure
        order by exceptions.precedence nulls last, sources.precedence, sources.source_id
    ) as integer) as source_rank
from {{ ref('stg_measures') }} as measures
cross join {{ ref('stg_sources') }} as sources
left join {{ ref('precedence_by_measure') }} as exceptions
    on
        measures.measure = exceptions.measure
        and sources.source_id = exceptions.source_id
where measures.is_ranked
