"""What Dagster loads. The definitions themselves are in all_definitions.py."""

import dagster as dg

from orchestration.defs.process import loading, prepare_process
from orchestration.warehouse.dbt_start import compile_serializers_late


@dg.definitions
def defs() -> dg.Definitions:
    """The definitions for the profile that is set in the environment."""
    prepare_process()
    compile_serializers_late()
    with loading():
        from orchestration.defs.all_definitions import build_defs
        from orchestration.defs.instance import refuse_home_of_another
        from orchestration.settings import load_settings

        settings = load_settings()
        refuse_home_of_another(settings)
        return build_defs(settings)
