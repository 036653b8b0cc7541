"""The report: a static site about the record, drawn from the published copy. Terminal queries are in queries/."""
