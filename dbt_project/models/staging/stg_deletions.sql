-- Items that their listing no longer shows; `is_deleted` is true for those that the source deleted.
select
    source_id,
    item_id as announcement_id,
    is_deleted,
    noticed_at as deleted_at,
    change_seq
from {{ source('raw', 'absent_items') }}
