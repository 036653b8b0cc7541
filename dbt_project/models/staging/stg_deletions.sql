-- Items that are gone at their source, not merely unlisted.
select
    source_id,
    item_id as announcement_id,
    is_deleted,
    noticed_at as deleted_at,
    change_number
from {{ source('raw', 'absent_items') }}
