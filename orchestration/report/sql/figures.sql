-- Every figure that stands, with the quote it comes from, by exchange.
select
    figures.exchange_id,
    figures.measure,
    figures.category,
    figures.parent_branch,
    figures.value,
    figures.bound,
    figures.publishers_agreeing,
    figures.publishers_differing,
    figures.rule,
    figures.confidence,
    figures.first_said_at,
    figures.said_at,
    figures.review_decision,
    sources.publisher,
    sources.language,
    figures.quote,
    figures.url
from marts.fct_figures as figures
inner join marts.dim_sources as sources on figures.source_id = sources.source_id
order by
    figures.exchange_id asc,
    figures.measure <> 'released_total' asc,
    figures.measure in ('by_service', 'part') asc,
    figures.measure asc,
    figures.parent_branch asc nulls first,
    figures.value desc,
    figures.category asc
