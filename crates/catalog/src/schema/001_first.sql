-- The catalog, version 1. Tables are STRICT; every child column of a foreign key has an index.
-- Times are RFC 3339 text in UTC, except capture times, which are what the camera said.

-- What was fixed at `init`, one JSON value a name.
CREATE TABLE setting (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL CHECK (json_valid(value))
) STRICT, WITHOUT ROWID;

-- The bundles that made embeddings; at most one is in use.
CREATE TABLE bundle (
    id        INTEGER PRIMARY KEY,
    name      TEXT    NOT NULL UNIQUE,
    dimension INTEGER NOT NULL CHECK (dimension BETWEEN 1 AND 65536),
    distance  TEXT    NOT NULL CHECK (distance IN ('cosine', 'euclidean')),
    in_use    INTEGER NOT NULL DEFAULT 0 CHECK (in_use IN (0, 1)),
    added_at  TEXT    NOT NULL
) STRICT;
CREATE UNIQUE INDEX bundle_one_in_use ON bundle (in_use) WHERE in_use = 1;

-- One run of an import.
CREATE TABLE import (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    source      TEXT NOT NULL,
    actor_kind  TEXT NOT NULL CHECK (actor_kind IN ('person', 'model')),
    actor       TEXT NOT NULL CHECK (actor <> ''),
    started_at  TEXT NOT NULL,
    finished_at TEXT
) STRICT;

-- One photo: the bytes of one file, whatever the file is called.
CREATE TABLE photo (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    content         BLOB    NOT NULL UNIQUE CHECK (length(content) = 32),
    width           INTEGER NOT NULL CHECK (width > 0),
    height          INTEGER NOT NULL CHECK (height > 0),
    byte_len        INTEGER NOT NULL CHECK (byte_len >= 0),
    format          TEXT    NOT NULL,
    capture_time    TEXT,
    capture_seconds REAL,
    latitude        REAL CHECK (latitude BETWEEN -90 AND 90),
    longitude       REAL CHECK (longitude BETWEEN -180 AND 180),
    camera          TEXT,
    perceptual_hash INTEGER,
    import_id       INTEGER NOT NULL REFERENCES import (id),
    CHECK ((capture_time IS NULL) = (capture_seconds IS NULL)),
    CHECK ((latitude IS NULL) = (longitude IS NULL))
) STRICT;
CREATE INDEX photo_import ON photo (import_id);

-- Where the bytes were seen. A path leads to one photo: the one seen there last.
-- Text, or the bytes of a name that is not text.
CREATE TABLE photo_path (
    path     ANY     NOT NULL PRIMARY KEY CHECK (typeof(path) IN ('text', 'blob')),
    photo_id INTEGER NOT NULL REFERENCES photo (id) ON DELETE CASCADE,
    seen_at  TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX photo_path_photo ON photo_path (photo_id);

-- Files that could not be used, and why. A file that is used later leaves this table.
CREATE TABLE photo_failure (
    path      ANY     NOT NULL PRIMARY KEY CHECK (typeof(path) IN ('text', 'blob')),
    reason    TEXT    NOT NULL,
    failed_at TEXT    NOT NULL,
    import_id INTEGER NOT NULL REFERENCES import (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX photo_failure_import ON photo_failure (import_id);

CREATE TABLE species (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE CHECK (name <> '')
) STRICT;

CREATE TABLE viewpoint (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE CHECK (name <> '')
) STRICT;

-- The key says which photos belong together; what it looks like is the importer's business.
CREATE TABLE encounter (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL CHECK (source IN ('table', 'folder-and-time', 'folder', 'person')),
    key    TEXT NOT NULL CHECK (key <> ''),
    UNIQUE (source, key)
) STRICT;

-- An animal. Rows are never deleted: one that was merged says into whom, one whose making was undone is withdrawn.
CREATE TABLE individual (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    state       TEXT NOT NULL CHECK (state IN ('active', 'merged', 'withdrawn')),
    merged_into INTEGER REFERENCES individual (id) CHECK (merged_into <> id),
    CHECK ((state = 'merged') = (merged_into IS NOT NULL))
) STRICT;
CREATE INDEX individual_merged_into ON individual (merged_into);

-- Names and aliases together, so that no name leads to two animals.
CREATE TABLE individual_name (
    name          TEXT    NOT NULL PRIMARY KEY CHECK (name <> ''),
    individual_id INTEGER NOT NULL REFERENCES individual (id),
    role          TEXT    NOT NULL CHECK (role IN ('name', 'alias'))
) STRICT, WITHOUT ROWID;
CREATE INDEX individual_name_individual ON individual_name (individual_id);
CREATE UNIQUE INDEX individual_one_name ON individual_name (individual_id) WHERE role = 'name';

-- One animal in one photo. The box is in pixels of the upright photo at full size; without a box it is the whole photo.
CREATE TABLE annotation (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    photo_id      INTEGER NOT NULL REFERENCES photo (id),
    x             REAL,
    y             REAL,
    width         REAL CHECK (width > 0),
    height        REAL CHECK (height > 0),
    species_id    INTEGER REFERENCES species (id),
    viewpoint_id  INTEGER REFERENCES viewpoint (id),
    encounter_id  INTEGER REFERENCES encounter (id),
    individual_id INTEGER REFERENCES individual (id),
    detector      TEXT NOT NULL,
    confidence    REAL CHECK (confidence BETWEEN 0 AND 1),
    CHECK ((x IS NULL) = (y IS NULL) AND (x IS NULL) = (width IS NULL) AND (x IS NULL) = (height IS NULL))
) STRICT;
CREATE INDEX annotation_photo ON annotation (photo_id);
CREATE INDEX annotation_species ON annotation (species_id);
CREATE INDEX annotation_viewpoint ON annotation (viewpoint_id);
CREATE INDEX annotation_encounter ON annotation (encounter_id);
CREATE INDEX annotation_individual ON annotation (individual_id);

-- Only an active individual owns annotations and names.
CREATE TRIGGER annotation_added_to_active BEFORE INSERT ON annotation
WHEN NEW.individual_id IS NOT NULL
    AND (SELECT state FROM individual WHERE id = NEW.individual_id) <> 'active'
BEGIN SELECT RAISE(ABORT, 'the individual is not active'); END;

CREATE TRIGGER annotation_given_to_active BEFORE UPDATE OF individual_id ON annotation
WHEN NEW.individual_id IS NOT NULL
    AND (SELECT state FROM individual WHERE id = NEW.individual_id) <> 'active'
BEGIN SELECT RAISE(ABORT, 'the individual is not active'); END;

CREATE TRIGGER name_added_to_active BEFORE INSERT ON individual_name
WHEN (SELECT state FROM individual WHERE id = NEW.individual_id) <> 'active'
BEGIN SELECT RAISE(ABORT, 'the individual is not active'); END;

CREATE TRIGGER name_given_to_active BEFORE UPDATE OF individual_id ON individual_name
WHEN (SELECT state FROM individual WHERE id = NEW.individual_id) <> 'active'
BEGIN SELECT RAISE(ABORT, 'the individual is not active'); END;

CREATE TRIGGER individual_retires_empty BEFORE UPDATE OF state ON individual
WHEN NEW.state <> 'active'
    AND (EXISTS (SELECT 1 FROM annotation WHERE individual_id = NEW.id)
        OR EXISTS (SELECT 1 FROM individual_name WHERE individual_id = NEW.id))
BEGIN SELECT RAISE(ABORT, 'the individual still owns annotations or names'); END;

CREATE TRIGGER individual_stays BEFORE DELETE ON individual
BEGIN SELECT RAISE(ABORT, 'individuals are never deleted'); END;

-- A file of rows. Rows are numbered through all segments of a bundle, in the order of the segment numbers.
CREATE TABLE segment (
    bundle_id INTEGER NOT NULL REFERENCES bundle (id),
    number    INTEGER NOT NULL CHECK (number > 0),
    first_row INTEGER NOT NULL CHECK (first_row >= 0),
    n_rows    INTEGER NOT NULL CHECK (n_rows >= 0),
    PRIMARY KEY (bundle_id, number)
) STRICT, WITHOUT ROWID;

-- Rows that were appended at once; `first_row` counts within the segment. BLAKE3 over their bytes.
CREATE TABLE segment_block (
    bundle_id INTEGER NOT NULL,
    number    INTEGER NOT NULL,
    first_row INTEGER NOT NULL CHECK (first_row >= 0),
    n_rows    INTEGER NOT NULL CHECK (n_rows > 0),
    checksum  BLOB    NOT NULL CHECK (length(checksum) = 32),
    PRIMARY KEY (bundle_id, number, first_row),
    FOREIGN KEY (bundle_id, number) REFERENCES segment (bundle_id, number)
) STRICT, WITHOUT ROWID;

-- Which row of its bundle's segments holds an annotation's embedding.
CREATE TABLE embedding (
    bundle_id     INTEGER NOT NULL REFERENCES bundle (id),
    row           INTEGER NOT NULL CHECK (row >= 0),
    annotation_id INTEGER NOT NULL REFERENCES annotation (id),
    PRIMARY KEY (bundle_id, row)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX embedding_annotation ON embedding (annotation_id, bundle_id);

-- Annotations of which a bundle can make no embedding, and why.
CREATE TABLE embedding_failure (
    annotation_id INTEGER NOT NULL REFERENCES annotation (id),
    bundle_id     INTEGER NOT NULL REFERENCES bundle (id),
    reason        TEXT    NOT NULL,
    PRIMARY KEY (annotation_id, bundle_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX embedding_failure_bundle ON embedding_failure (bundle_id);

-- One slot of one bundle: a calibration, or the reason why there is none. It serves questions that filter by these labels;
-- a NULL label means all of them together.
CREATE TABLE calibration (
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
    CHECK ((calibration IS NULL) <> (missing IS NULL)),
    CHECK (by_species OR species_id IS NULL),
    CHECK (by_viewpoint OR viewpoint_id IS NULL)
) STRICT;
CREATE UNIQUE INDEX calibration_slot
    ON calibration (bundle_id, by_species, by_viewpoint, ifnull(species_id, 0), ifnull(viewpoint_id, 0));
CREATE INDEX calibration_species ON calibration (species_id);
CREATE INDEX calibration_viewpoint ON calibration (viewpoint_id);

-- The journal: one entry for every step that changed who is who, with the rows it changed, before and after.
CREATE TABLE journal_entry (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    action     TEXT NOT NULL
        CHECK (action IN ('import', 'assign', 'unassign', 'new', 'merge', 'separate', 'rename', 'undo')),
    at         TEXT NOT NULL,
    actor_kind TEXT NOT NULL CHECK (actor_kind IN ('person', 'model')),
    actor      TEXT NOT NULL CHECK (actor <> ''),
    undoes     INTEGER REFERENCES journal_entry (id),
    import_id  INTEGER REFERENCES import (id),
    CHECK ((action = 'undo') = (undoes IS NOT NULL)),
    CHECK ((action = 'import') = (import_id IS NOT NULL))
) STRICT;
CREATE INDEX journal_entry_undoes ON journal_entry (undoes);
CREATE INDEX journal_entry_import ON journal_entry (import_id);

CREATE TABLE journal_assignment (
    entry_id      INTEGER NOT NULL REFERENCES journal_entry (id),
    annotation_id INTEGER NOT NULL REFERENCES annotation (id),
    before_id     INTEGER REFERENCES individual (id),
    after_id      INTEGER REFERENCES individual (id),
    PRIMARY KEY (entry_id, annotation_id),
    CHECK (before_id IS NOT after_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX journal_assignment_annotation ON journal_assignment (annotation_id);
CREATE INDEX journal_assignment_before ON journal_assignment (before_id);
CREATE INDEX journal_assignment_after ON journal_assignment (after_id);

CREATE TABLE journal_individual (
    entry_id      INTEGER NOT NULL REFERENCES journal_entry (id),
    individual_id INTEGER NOT NULL REFERENCES individual (id),
    before_state  TEXT CHECK (before_state IN ('active', 'merged', 'withdrawn')),
    before_into   INTEGER REFERENCES individual (id),
    after_state   TEXT NOT NULL CHECK (after_state IN ('active', 'merged', 'withdrawn')),
    after_into    INTEGER REFERENCES individual (id),
    PRIMARY KEY (entry_id, individual_id),
    CHECK ((ifnull(before_state, '') = 'merged') = (before_into IS NOT NULL)),
    CHECK ((after_state = 'merged') = (after_into IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX journal_individual_individual ON journal_individual (individual_id);
CREATE INDEX journal_individual_before ON journal_individual (before_into);
CREATE INDEX journal_individual_after ON journal_individual (after_into);

CREATE TABLE journal_name (
    entry_id    INTEGER NOT NULL REFERENCES journal_entry (id),
    name        TEXT    NOT NULL,
    before_id   INTEGER REFERENCES individual (id),
    before_role TEXT CHECK (before_role IN ('name', 'alias')),
    after_id    INTEGER REFERENCES individual (id),
    after_role  TEXT CHECK (after_role IN ('name', 'alias')),
    PRIMARY KEY (entry_id, name),
    CHECK ((before_id IS NULL) = (before_role IS NULL)),
    CHECK ((after_id IS NULL) = (after_role IS NULL)),
    CHECK (before_id IS NOT after_id OR before_role IS NOT after_role)
) STRICT, WITHOUT ROWID;
CREATE INDEX journal_name_name ON journal_name (name);
CREATE INDEX journal_name_before ON journal_name (before_id);
CREATE INDEX journal_name_after ON journal_name (after_id);

-- The journal is only ever added to.
CREATE TRIGGER journal_entry_kept BEFORE DELETE ON journal_entry
BEGIN SELECT RAISE(ABORT, 'the journal is only added to'); END;
CREATE TRIGGER journal_entry_fixed BEFORE UPDATE ON journal_entry
BEGIN SELECT RAISE(ABORT, 'the journal is only added to'); END;
CREATE TRIGGER journal_assignment_kept BEFORE DELETE ON journal_assignment
BEGIN SELECT RAISE(ABORT, 'the journal is only added to'); END;
CREATE TRIGGER journal_assignment_fixed BEFORE UPDATE ON journal_assignment
BEGIN SELECT RAISE(ABORT, 'the journal is only added to'); END;
CREATE TRIGGER journal_individual_kept BEFORE DELETE ON journal_individual
BEGIN SELECT RAISE(ABORT, 'the journal is only added to'); END;
CREATE TRIGGER journal_individual_fixed BEFORE UPDATE ON journal_individual
BEGIN SELECT RAISE(ABORT, 'the journal is only added to'); END;
CREATE TRIGGER journal_name_kept BEFORE DELETE ON journal_name
BEGIN SELECT RAISE(ABORT, 'the journal is only added to'); END;
CREATE TRIGGER journal_name_fixed BEFORE UPDATE ON journal_name
BEGIN SELECT RAISE(ABORT, 'the journal is only added to'); END;
