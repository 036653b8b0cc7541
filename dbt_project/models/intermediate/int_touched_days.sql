-- Days whose events have to be judged anew. A report may prove to be of the day before (int_event_moments),
-- so a change touches its neighbours too.
with changed as (
    select distinct statements.event_date as day
    from {{ ref('int_touched_items') }} as touched
    inner join {{ ref('stg_announcements') }} as announcements
        on
            touched.source_id = announcements.source_id
            and touched.announcement_id = announcements.announcement_id
    inner join {{ ref('stg_statements') }} as statements
        on announcements.version_id = statements.version_id
    where statements.event_date is not null
)

select distinct cast(day + neighbour as date) as day
from changed, unnest([-1, 0, 1]) as neighbours (neighbour)
