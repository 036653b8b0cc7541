-- Figures of sources that differ from the one that stands, and the rule that decided.
select
    conflicts.exchange_id,
    conflicts.measure,
    conflicts.category,
    conflicts.standing_value,
    conflicts.standing_bound,
    conflicts.differing_value,
    conflicts.differing_bound,
    sources.publisher,
    sources.language,
    conflicts.differing_quote as quote,
    conflicts.differing_url as url,
    conflicts.verdict_rule as rule
from reports.conflicts as conflicts
inner join marts.dim_sources as sources on conflicts.differing_source = sources.source_id
where conflicts.exchange_id is not null
order by conflicts.exchange_id, conflicts.measure, conflicts.category, conflicts.differing_source
