-- Women and civilians released by year, over the exchanges that count them.
select
    measure,
    year,
    persons,
    told_in,
    of,
    bound
from reports.by_measure
where measure in ('women', 'civilians')
order by measure, year
