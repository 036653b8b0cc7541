-- What each source was last asked, and how often it was the first to announce an exchange (UTC).
select
    sources.source_id,
    sources.publisher,
    sources.side,
    sources.language,
    sources.url,
    checks.last_checked_at,
    checks.last_success_at,
    checks.last_error,
    (
        select count(distinct announcements.announcement_id) from marts.dim_announcements as announcements
        where announcements.source_id = sources.source_id
    )::integer as announcements,
    coalesce(firsts.announced, 0)::integer as announced,
    coalesce(firsts.first_in, 0)::integer as first_in
from marts.dim_sources as sources
left join meta.sources as checks on sources.source_id = checks.source_id
left join reports.who_was_first as firsts on sources.source_id = firsts.source_id
order by sources.side <> 'ukraine', sources.publisher, sources.source_id
