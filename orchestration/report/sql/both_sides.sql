-- People released to Ukraine and people returned to Russia, over the exchanges that give both exactly.
select
    year,
    told_in,
    of,
    released,
    returned_to_russia as returned
from reports.both_sides
where told_in > 0
order by year
