-- The catalog, version 2.

-- What the network of a bundle has learnt, as the bundle says; NULL where it says nothing.
ALTER TABLE bundle ADD COLUMN learnt BLOB;
