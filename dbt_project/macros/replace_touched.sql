{# Pre-hook of incremental models: deletes the rows that this build recomputes. `keys` are the columns that
   identify them, `in_touched` the names of these columns in `touched` where they differ. The model's own
   select must return the same rows only. #}
{% macro replace_touched(touched, keys, in_touched=none) %}
    {%- if is_incremental() -%}
        delete from {{ this }} where rowid in (
            select held.rowid from {{ this }} as held
            semi join {{ touched }} as touched
                on {% for key in keys %}held.{{ key }} = touched.{{ (in_touched or keys)[loop.index0] }}{{ ' and ' if not loop.last }}{% endfor %}
        )
    {%- endif -%}
{% endmacro %}
