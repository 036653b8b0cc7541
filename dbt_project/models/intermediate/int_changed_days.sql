-- Days whose events have to be re-evaluated. A report may belong to the day before (int_event_timeline), so
-- the neighbouring days are included. Statements that a review or a new extractor replaced count too: their
-- days lose something.
with changed as (
    select distinct statements.event_date as day
    from {{ ref('int_changed_items') }} as touched
    inner join {{ ref('stg_announcements') }} as announcements
        on
            touched.source_id = announcements.source_id
            and touched.announcement_id = announcements.announcement_id
    inner join {{ source('raw', 'statements') }} as statements
        on announcements.version_id = statements.version_id
    where statements.event_date is not null
)

select distinct cast(day + neighbour as date) as day
from changed, unnest([-1, 0, 1]) as neighbours (neighbour)
