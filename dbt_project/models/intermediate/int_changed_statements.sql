-- Statements whose verdict may change: those of changed announcements, also replaced ones, and all about
-- changed days.
select statements.statement_id
from {{ ref('stg_statements') }} as statements
semi join {{ ref('int_changed_days') }} as touched
    on statements.event_date between touched.day and touched.day + 1
union
select statements.statement_id
from {{ ref('int_changed_items') }} as touched
inner join {{ ref('int_announcement_versions') }} as versions
    on
        touched.source_id = versions.source_id
        and touched.announcement_id = versions.announcement_id
inner join {{ source('raw', 'statements') }} as statements
    on versions.version_id = statements.version_id
