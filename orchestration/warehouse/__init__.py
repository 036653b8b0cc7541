"""The rooms' work as plain functions over DuckDB: fetch, load, extract, build, publish.

No Dagster here. Each module is one step that the command line and the assets both call.
"""

import importlib.util
import sys

# DuckDB looks for pandas at every parameter of every query: 15,000 walks along the path in a first run of the sample,
# two seconds. Where it is not installed, this answers at once.
if "pandas" not in sys.modules and importlib.util.find_spec("pandas") is None:
    sys.modules["pandas"] = None  # type: ignore[assignment]
