"""The published tables that grow with every announcement. Which of their rows are copied is here; copying is in
publish.py, and in the package orchestration/lake.
"""

from __future__ import annotations

# For each, the table of the working file that names the rows which the last build changed, and their key: only those
# are copied.
GROWING = {
    "dim_announcements": ("intermediate.int_changed_items", ("source_id", "announcement_id")),
    "fct_statements": ("intermediate.int_changed_statements", ("statement_id",)),
}
