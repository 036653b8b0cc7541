{# An incremental model makes anew what the changes of this build touch and keeps the rest. `keys` are the
   columns that name the touched rows in `touched`; the model's own select must keep to the same rows. #}
{% macro replace_touched(touched, keys) %}
    {%- if is_incremental() -%}
        delete from {{ this }} where rowid in (
            select held.rowid from {{ this }} as held
            semi join {{ touched }} as touched
                on {% for key in keys %}held.{{ key }} = touched.{{ key }}{{ ' and ' if not loop.last }}{% endfor %}
        )
    {%- endif -%}
{% endmacro %}
