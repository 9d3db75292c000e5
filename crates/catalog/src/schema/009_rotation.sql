-- The catalog, version 9: boxes that are turned.

-- How far the box of an annotation is turned about its center, in radians, clockwise; 0 is parallel to the photo's sides.
ALTER TABLE annotation ADD COLUMN rotation REAL NOT NULL DEFAULT 0 CHECK (rotation BETWEEN -3.2 AND 3.2);
