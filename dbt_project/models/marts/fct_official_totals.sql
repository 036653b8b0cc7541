select
    statements.statement_id,
    versions.source_id,
    statements.period,
    replace(statements.measure, 'total_', '') as measure,
    statements.value,
    statements.bound,
    statements.category as scope,
    versions.published_at as claimed_at,
    statements.quote,
    versions.url
from {{ ref('stg_statements') }} as statements
inner join {{ ref('int_announcement_versions') }} as versions
    on statements.version_id = versions.version_id
where statements.measure like 'total_%' and versions.is_current
order by versions.published_at, statements.statement_id
