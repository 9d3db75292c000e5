//! The catalog: photos, annotations, encounters, individuals, embeddings and the journal, on disk.
