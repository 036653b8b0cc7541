-- The registry of measures (scrapers/extraction/measures.yaml), replaced by each load.
create table raw.measures (
    measure text, measure_of text, unit text, part_of text, is_ranked boolean, name_uk text, name_en text
);
