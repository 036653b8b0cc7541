-- Changes of a figure after its exchange was first announced (UTC).
select
    revisions.exchange_id,
    revisions.revised_at,
    revisions.measure,
    revisions.service_branch as category,
    revisions.change,
    revisions.old_value,
    revisions.old_bound,
    revisions.new_value,
    revisions.new_bound,
    revisions.cause,
    sources.publisher,
    revisions.url
from marts.fct_exchange_revisions as revisions
left join marts.dim_sources as sources on revisions.source_id = sources.source_id
order by revisions.exchange_id, revisions.revised_at, revisions.measure, revisions.service_branch
