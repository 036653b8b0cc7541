{# The incremental strategy `replace_changed`: deletes the rows of the keys that this build recomputes, then
   inserts the recomputed ones. `unique_key` has the columns that identify them (rows may share a key);
   `meta.changed_in` is the model that lists the changed keys, `meta.changed_key` their names there where they
   differ. The model's own select must return rows of changed keys only. #}
{% macro get_incremental_replace_changed_sql(arguments) %}
    {%- set target, keys = arguments["target_relation"], arguments["unique_key"] -%}
    {%- set meta = config.get("meta") -%}
    {%- set named = meta.get("changed_key", keys) -%}
    {%- set columns = arguments["dest_columns"] | map(attribute="quoted") | join(", ") -%}
    delete from {{ target }} where rowid in (
        select held.rowid from {{ target }} as held
        semi join {{ ref(meta["changed_in"]) }} as changed
            on {% for key in keys %}held.{{ key }} = changed.{{ named[loop.index0] }}{{ " and " if not loop.last }}{% endfor %}
    );
    insert into {{ target }} ({{ columns }}) select {{ columns }} from {{ arguments["temp_relation"] }}
{% endmacro %}
