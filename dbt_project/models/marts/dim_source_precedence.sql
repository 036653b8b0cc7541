select
    precedence.measure,
    precedence.source_rank,
    precedence.source_id,
    exceptions.reason
from {{ ref('int_precedence') }} as precedence
left join {{ ref('precedence_by_measure') }} as exceptions
    on
        precedence.measure = exceptions.measure
        and precedence.source_id = exceptions.source_id
order by precedence.measure, precedence.source_rank
