-- Whether the checks of the last build passed: only such facts are published. Earlier builds are believed to have.
alter table raw.build add column is_checked boolean default true;
