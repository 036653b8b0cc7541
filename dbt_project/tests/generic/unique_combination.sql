{# A table's key: no two rows share the values of these columns; nulls count as equal. A table that grows with
   every announcement gives `changed_in`, the model of the keys whose rows a build replaces, and `changed_by`,
   their names in both: only rows that a build may have replaced can have become double. Its key columns are
   never null. #}
{% test unique_combination(model, columns, changed_in, changed_by) %}
select
    {{ columns | join(', ') }},
    count(*) as times
from {{ model }} {{ only_replaced(model, columns, changed_in, changed_by) }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}
