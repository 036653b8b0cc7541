{# A table's key: no two rows share the values of these columns; nulls count as equal. A table that grows with
   every announcement gives `changed_in`, the model of the keys whose rows a build replaces, and `changed_by`,
   their names in both: only rows with the keys of replaced ones are compared, because no others can have become
   double. Its key columns are never null. #}
{% test unique_combination(model, columns, changed_in=none, changed_by=none) %}
    select
        {{ columns | join(', ') }},
        count(*) as times
    from {{ model }}
    {% if changed_in %}
        semi join (
            select {{ columns | join(', ') }}
            from {{ model }}
            semi join {{ changed_in }} using ({{ changed_by | join(', ') }})
        ) as replaced using ({{ columns | join(', ') }})
    {% endif %}
    group by {{ columns | join(', ') }}
    having count(*) > 1
{% endtest %}
