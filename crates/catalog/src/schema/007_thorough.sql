-- The catalog, version 7: calibrations of thorough answers.

CREATE TABLE calibration_7 (
    id           INTEGER PRIMARY KEY,
    bundle_id    INTEGER NOT NULL REFERENCES bundle (id),
    by_species   INTEGER NOT NULL CHECK (by_species IN (0, 1)),
    by_viewpoint INTEGER NOT NULL CHECK (by_viewpoint IN (0, 1)),
    species_id   INTEGER REFERENCES species (id),
    viewpoint_id INTEGER REFERENCES viewpoint (id),
    calibration  TEXT CHECK (json_valid(calibration)),
    missing      TEXT,
    fitted_on    TEXT NOT NULL CHECK (json_valid(fitted_on)),
    fitted_at    TEXT NOT NULL,
    effort       TEXT NOT NULL CHECK (effort IN ('fast', 'normal', 'thorough')),
    fusion       TEXT CHECK (json_valid(fusion)),
    CHECK ((calibration IS NULL) <> (missing IS NULL)),
    CHECK (by_species OR species_id IS NULL),
    CHECK (by_viewpoint OR viewpoint_id IS NULL)
) STRICT;
INSERT INTO calibration_7 (id, bundle_id, by_species, by_viewpoint, species_id, viewpoint_id, calibration, missing,
        fitted_on, fitted_at, effort, fusion)
    SELECT id, bundle_id, by_species, by_viewpoint, species_id, viewpoint_id, calibration, missing,
        fitted_on, fitted_at, effort, fusion FROM calibration ORDER BY id;
DROP TABLE calibration;
ALTER TABLE calibration_7 RENAME TO calibration;
CREATE UNIQUE INDEX calibration_slot
    ON calibration (bundle_id, effort, by_species, by_viewpoint, ifnull(species_id, 0), ifnull(viewpoint_id, 0));
CREATE INDEX calibration_species ON calibration (species_id);
CREATE INDEX calibration_viewpoint ON calibration (viewpoint_id);
