{# An incremental model makes anew what the changes of this build touch and keeps the rest. `keys` are the
   columns that name the touched rows, `in_touched` their names there where they differ; the model's own select
   must keep to the same rows. #}
{% macro replace_touched(touched, keys, in_touched=none) %}
    {%- if is_incremental() -%}
        delete from {{ this }} where rowid in (
            select held.rowid from {{ this }} as held
            semi join {{ touched }} as touched
                on {% for key in keys %}held.{{ key }} = touched.{{ (in_touched or keys)[loop.index0] }}{{ ' and ' if not loop.last }}{% endfor %}
        )
    {%- endif -%}
{% endmacro %}
