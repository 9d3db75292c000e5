-- The catalog, version 4: labels that can be corrected, photos that can be moved.

CREATE TABLE body_part (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE CHECK (name <> '')
) STRICT;

ALTER TABLE annotation ADD COLUMN body_part_id INTEGER REFERENCES body_part (id);
CREATE INDEX annotation_body_part ON annotation (body_part_id);
ALTER TABLE annotation ADD COLUMN quality TEXT
    CHECK (quality IN ('junk', 'poor', 'fair', 'good', 'excellent'));
-- One that was removed answers nothing, is asked about nowhere and is exported nowhere, until its removal is undone.
ALTER TABLE annotation ADD COLUMN removed INTEGER NOT NULL DEFAULT 0 CHECK (removed IN (0, 1));

-- What else is known of an annotation, an individual or an encounter, as its table or a person says it: texts by name.
ALTER TABLE annotation ADD COLUMN attributes TEXT CHECK (json_valid(attributes));
ALTER TABLE individual ADD COLUMN attributes TEXT CHECK (json_valid(attributes));
ALTER TABLE encounter ADD COLUMN attributes TEXT CHECK (json_valid(attributes));

-- Who says so: a person, a table, a model by name; the photo itself; the file's name.
CREATE TABLE source (
    id   INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('person', 'table', 'photo', 'file-name', 'model')),
    by   TEXT NOT NULL,
    UNIQUE (kind, by)
) STRICT;

-- Who says what the labels of an annotation and of its photo say. A label without a row here was stored by an earlier
-- version, which did not know.
CREATE TABLE annotation_source (
    annotation_id INTEGER NOT NULL REFERENCES annotation (id),
    label         TEXT    NOT NULL
        CHECK (label IN ('species', 'viewpoint', 'body-part', 'encounter', 'box', 'quality')),
    source_id     INTEGER NOT NULL REFERENCES source (id),
    confidence    REAL CHECK (confidence BETWEEN 0 AND 1),
    PRIMARY KEY (annotation_id, label)
) STRICT, WITHOUT ROWID;
CREATE INDEX annotation_source_source ON annotation_source (source_id);

CREATE TABLE photo_source (
    photo_id   INTEGER NOT NULL REFERENCES photo (id),
    label      TEXT    NOT NULL CHECK (label IN ('time', 'place')),
    source_id  INTEGER NOT NULL REFERENCES source (id),
    confidence REAL CHECK (confidence BETWEEN 0 AND 1),
    PRIMARY KEY (photo_id, label)
) STRICT, WITHOUT ROWID;
CREATE INDEX photo_source_source ON photo_source (source_id);

-- Rows of segments whose annotation has got another box since: they belong to nobody any more.
CREATE TABLE embedding_retired (
    bundle_id INTEGER NOT NULL REFERENCES bundle (id),
    row       INTEGER NOT NULL CHECK (row >= 0),
    PRIMARY KEY (bundle_id, row)
) STRICT, WITHOUT ROWID;

-- Steps that change labels are steps of the journal.
CREATE TABLE journal_entry_4 (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    action     TEXT NOT NULL CHECK (action IN
        ('import', 'assign', 'unassign', 'new', 'merge', 'separate', 'rename', 'label', 'remove', 'undo')),
    at         TEXT NOT NULL,
    actor_kind TEXT NOT NULL CHECK (actor_kind IN ('person', 'model')),
    actor      TEXT NOT NULL CHECK (actor <> ''),
    undoes     INTEGER REFERENCES journal_entry_4 (id),
    import_id  INTEGER REFERENCES import (id),
    CHECK ((action = 'undo') = (undoes IS NOT NULL)),
    CHECK ((action = 'import') = (import_id IS NOT NULL))
) STRICT;
INSERT INTO journal_entry_4 (id, action, at, actor_kind, actor, undoes, import_id)
    SELECT id, action, at, actor_kind, actor, undoes, import_id FROM journal_entry ORDER BY id;
DROP TABLE journal_entry;
ALTER TABLE journal_entry_4 RENAME TO journal_entry;
CREATE INDEX journal_entry_undoes ON journal_entry (undoes);
CREATE INDEX journal_entry_import ON journal_entry (import_id);
CREATE TRIGGER journal_entry_kept BEFORE DELETE ON journal_entry
BEGIN SELECT RAISE(ABORT, 'the journal is only added to'); END;
CREATE TRIGGER journal_entry_fixed BEFORE UPDATE ON journal_entry
BEGIN SELECT RAISE(ABORT, 'the journal is only added to'); END;

-- A label before and after: its value, who says so and how sure, or NULL where nothing is said. `subject_id` is the row
-- of the annotation, photo, individual or encounter.
CREATE TABLE journal_label (
    entry_id   INTEGER NOT NULL REFERENCES journal_entry (id),
    subject    TEXT    NOT NULL CHECK (subject IN ('annotation', 'photo', 'individual', 'encounter')),
    subject_id INTEGER NOT NULL,
    label      TEXT    NOT NULL CHECK (label <> ''),
    before     TEXT CHECK (json_valid(before)),
    after      TEXT CHECK (json_valid(after)),
    PRIMARY KEY (entry_id, subject, subject_id, label),
    CHECK (before IS NOT after)
) STRICT, WITHOUT ROWID;
CREATE INDEX journal_label_subject ON journal_label (subject, subject_id, label);
CREATE TRIGGER journal_label_kept BEFORE DELETE ON journal_label
BEGIN SELECT RAISE(ABORT, 'the journal is only added to'); END;
CREATE TRIGGER journal_label_fixed BEFORE UPDATE ON journal_label
BEGIN SELECT RAISE(ABORT, 'the journal is only added to'); END;

-- One word a side, as labels are read since. Calibrations of a side under another word are made again.
CREATE TEMP TABLE side (other TEXT PRIMARY KEY, word TEXT);
INSERT INTO side VALUES ('l', 'left'), ('lh', 'left'), ('lhs', 'left'), ('left_side', 'left'), ('leftside', 'left'),
    ('left_flank', 'left'), ('port', 'left'), ('port_side', 'left'),
    ('r', 'right'), ('rh', 'right'), ('rhs', 'right'), ('right_side', 'right'), ('rightside', 'right'),
    ('right_flank', 'right'), ('starboard', 'right'), ('starboard_side', 'right'),
    ('anterior', 'front'), ('frontal', 'front'), ('front_side', 'front'), ('face_on', 'front'),
    ('posterior', 'back'), ('rear', 'back'), ('behind', 'back'), ('back_side', 'back'),
    ('frontleft', 'front_left'), ('left_front', 'front_left'), ('leftfront', 'front_left'),
    ('frontright', 'front_right'), ('right_front', 'front_right'), ('rightfront', 'front_right'),
    ('backleft', 'back_left'), ('left_back', 'back_left'), ('leftback', 'back_left'), ('rear_left', 'back_left'),
    ('left_rear', 'back_left'),
    ('backright', 'back_right'), ('right_back', 'back_right'), ('rightback', 'back_right'),
    ('rear_right', 'back_right'), ('right_rear', 'back_right');
INSERT OR IGNORE INTO viewpoint (name)
    SELECT word FROM side JOIN viewpoint ON viewpoint.name = side.other ORDER BY word;
DELETE FROM calibration WHERE viewpoint_id IN (SELECT id FROM viewpoint JOIN side ON name IN (other, word)
    WHERE EXISTS (SELECT 1 FROM viewpoint AS old WHERE old.name = side.other));
UPDATE annotation SET viewpoint_id = (SELECT kept.id FROM viewpoint AS old JOIN side ON old.name = side.other
        JOIN viewpoint AS kept ON kept.name = side.word WHERE old.id = annotation.viewpoint_id)
    WHERE viewpoint_id IN (SELECT id FROM viewpoint JOIN side ON name = other);
DELETE FROM viewpoint WHERE name IN (SELECT other FROM side);
DROP TABLE side;

-- A setting that catalogs of version 1 may be without.
INSERT OR IGNORE INTO setting (name, value) VALUES ('unidentified_are_others', 'false');

-- Folders that photos were taken in from. Paths of photos stay as they were then. Where such a folder is now may be said
-- (`now`); else it is looked for where it was, and then where it lay as seen from the catalog (`beside`, with `/`).
CREATE TABLE photo_root (
    name     TEXT NOT NULL PRIMARY KEY CHECK (name <> ''),
    recorded TEXT NOT NULL UNIQUE,
    beside   TEXT,
    now      TEXT
) STRICT, WITHOUT ROWID;
