{# Limits a table to rows that share the values of `columns` with a row that this build may have replaced: one
   whose `changed_by` columns the model `changed_in` lists. Without `changed_in` it limits nothing. #}
{% macro only_replaced(model, columns, changed_in, changed_by) %}
    {%- if changed_in -%}
        semi join (
            select {{ columns | join(', ') }}
            from {{ model }}
            semi join {{ changed_in }} using ({{ changed_by | join(', ') }})
        ) as replaced using ({{ columns | join(', ') }})
    {%- endif -%}
{% endmacro %}
