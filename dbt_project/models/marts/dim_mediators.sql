select
    mediator,
    name_en,
    name_uk
from {{ ref('mediators') }}
order by mediator
