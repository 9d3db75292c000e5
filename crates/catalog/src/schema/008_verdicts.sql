-- The catalog, version 8: what people said of pairs.

-- Whether the animal of an annotation is an individual, as somebody said who looked at both: JSON with the verdict and what
-- belongs to it. Who said so, and what was said before, the journal knows.
CREATE TABLE verdict (
    annotation_id INTEGER NOT NULL REFERENCES annotation (id),
    individual_id INTEGER NOT NULL REFERENCES individual (id),
    said          TEXT    NOT NULL CHECK (json_valid(said)),
    PRIMARY KEY (annotation_id, individual_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX verdict_individual ON verdict (individual_id);
