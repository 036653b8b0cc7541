{{ config(meta={"dagster": {"ref": {"name": "fct_statements"}}}) }}

-- Offsets count characters from 0; a quote of a title is checked against the title. Statements that this
-- build did not change were checked by an earlier build.
select
    statements.statement_id,
    statements.quote
from {{ ref('fct_statements') }} as statements
semi join {{ ref('int_changed_statements') }} as touched
    on statements.statement_id = touched.statement_id
inner join {{ ref('dim_announcements') }} as announcements
    on statements.version_id = announcements.version_id
where
    substring(
        case when statements.field = 'title' then announcements.title else announcements.text end,
        statements.quote_start + 1,
        statements.quote_end - statements.quote_start
    ) is distinct from statements.quote
