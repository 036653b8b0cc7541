{# The bound of a sum of numbers that have this bound. A missing number (null) leaves it "at least", a round
   one makes it "about", both make it "at least about". The report's queries, which dbt does not read, say the
   same.
#}
{% macro bound_of_sum(bound) -%}
    case
        when not coalesce(bool_or({{ bound }} like '%about'), false)
            then if(bool_or(coalesce({{ bound }} <> 'exact', true)), 'at_least', 'exact')
        when bool_or(coalesce({{ bound }} like 'at_least%', true)) then 'at_least_about'
        else 'about'
    end
{%- endmacro %}
