-- The catalog, version 3.

-- What a photo shows: a hash of its pixels as the file keeps them, without its metadata. NULL where that is not known:
-- of photos that an earlier version took in and nobody has seen again, and of files that keep their pixels oddly.
ALTER TABLE photo ADD COLUMN picture BLOB CHECK (length(picture) = 32);
CREATE INDEX photo_picture ON photo (picture);
