-- Rank of each source for each measure; no two sources share a rank.
with measures as (
    select unnest([
        'event', 'released_total', 'military', 'civilians', 'returned_to_russia', 'by_service', 'officers',
        'privates_and_sergeants', 'women', 'mediator', 'official_number', 'stage', 'bodies_to_ukraine',
        'bodies_to_russia'
    ]) as measure
)

select
    measures.measure,
    sources.source_id,
    cast(row_number() over (
        partition by measures.measure
        order by exceptions.precedence nulls last, sources.precedence, sources.source_id
    ) as integer) as place
from measures
cross join {{ ref('stg_sources') }} as sources
left join {{ ref('precedence_by_measure') }} as exceptions
    on
        measures.measure = exceptions.measure
        and sources.source_id = exceptions.source_id
