-- Whether the checks of the last build passed: only such facts are published.
alter table raw.build add column is_checked boolean default false;
