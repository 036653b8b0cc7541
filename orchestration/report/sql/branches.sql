-- Service branches and their names.
select
    service_branch,
    name_en,
    name_uk
from marts.dim_service_branches
order by service_branch
