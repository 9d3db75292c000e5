-- The catalog, version 6: several bundles of local features in use, and calibrations for each effort, with what each evidence
-- is worth.

DROP INDEX bundle_one_in_use;
CREATE UNIQUE INDEX bundle_one_in_use ON bundle (role) WHERE in_use = 1 AND role = 'embedding';

ALTER TABLE calibration ADD COLUMN effort TEXT NOT NULL DEFAULT 'fast' CHECK (effort IN ('fast', 'normal'));
ALTER TABLE calibration ADD COLUMN fusion TEXT CHECK (json_valid(fusion));
DROP INDEX calibration_slot;
CREATE UNIQUE INDEX calibration_slot
    ON calibration (bundle_id, effort, by_species, by_viewpoint, ifnull(species_id, 0), ifnull(viewpoint_id, 0));
