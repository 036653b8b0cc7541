{# An incremental model makes anew what the changes of this build touch and keeps the rest. `keys` are the
   columns that name the touched rows in `touched`; the model's own select must keep to the same rows. #}
{% macro replace_touched(touched, keys) %}
    {%- if is_incremental() -%}
        delete from {{ this }} as kept
        where exists (
            select 1 from {{ touched }} as touched
            where {% for key in keys %}kept.{{ key }} = touched.{{ key }}{{ ' and ' if not loop.last }}{% endfor %}
        )
    {%- endif -%}
{% endmacro %}
