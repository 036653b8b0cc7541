-- Figures that differ from the one that stands, side by side with it: of exchanges, releases outside them and
-- repatriations.
select
    differing.event_id,
    differing.exchange_id,
    differing.measure,
    differing.category,
    standing.value as standing_value,
    standing.bound as standing_bound,
    standing.source_id as standing_source,
    standing.quote as standing_quote,
    standing.url as standing_url,
    differing.value as differing_value,
    differing.bound as differing_bound,
    differing.source_id as differing_source,
    differing.quote as differing_quote,
    differing.url as differing_url,
    differing.verdict_rule
from {{ ref('fct_statements') }} as differing
left join {{ ref('fct_statements') }} as standing
    on
        differing.event_id = standing.event_id
        and differing.measure = standing.measure
        and (
            differing.category is not distinct from standing.category or differing.measure = 'official_number'
        )
        and differing.parent_branch is not distinct from standing.parent_branch
        and standing.verdict = 'stands'
where differing.is_conflict
order by differing.event_id, differing.measure, differing.category, differing.source_id
