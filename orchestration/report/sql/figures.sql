-- Every figure that stands, with its quote and up to 120 characters on either side of that, by exchange.
-- One character more tells that the words were cut.
with quoted as (
    select
        statements.statement_id,
        statements.quote_start,
        statements.quote_end,
        if(statements.field = 'title', announcements.title, announcements.text) as words
    from marts.fct_statements as statements
    inner join marts.dim_announcements as announcements on statements.version_id = announcements.version_id
)

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
    substring(quoted.words, greatest(quoted.quote_start - 120, 1), least(quoted.quote_start, 121))
        as words_before,
    substring(quoted.words, quoted.quote_end + 1, 121) as words_after,
    figures.url
from marts.fct_figures as figures
inner join marts.dim_sources as sources on figures.source_id = sources.source_id
inner join quoted on figures.statement_id = quoted.statement_id
order by
    figures.exchange_id asc,
    figures.measure <> 'released_total' asc,
    figures.measure in ('by_service', 'part') asc,
    figures.measure asc,
    figures.parent_branch asc nulls first,
    figures.value desc,
    figures.category asc
