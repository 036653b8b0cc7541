-- Mediators and their names.
select
    mediator,
    name_en,
    name_uk
from marts.dim_mediators
order by mediator
