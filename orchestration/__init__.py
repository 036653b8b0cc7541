"""When and in what order: settings, the warehouse's rooms, alerts, the command line, Dagster.

No parsing and no reading of texts here; that is `scrapers`.
"""

import gc

# Dagster and dbt make half a million objects that live as long as the process. At Python's own threshold, of a few
# hundred, collections walk through them again and again: a sixth of a start, a tenth of a refresh.
gc.set_threshold(50_000, 20, 100)
