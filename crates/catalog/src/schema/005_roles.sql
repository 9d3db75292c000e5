-- The catalog, version 5: several bundles in use, one a role.

ALTER TABLE bundle ADD COLUMN role TEXT NOT NULL DEFAULT 'embedding'
    CHECK (role IN ('embedding', 'local-features'));
DROP INDEX bundle_one_in_use;
CREATE UNIQUE INDEX bundle_one_in_use ON bundle (role) WHERE in_use = 1;
