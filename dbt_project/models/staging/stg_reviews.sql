-- Review decisions about versions; review_id is null where a decision was withdrawn.
select
    version_id,
    review_id,
    decision,
    decided_by,
    decided_at,
    change_seq
from {{ source('raw', 'reviews') }}
