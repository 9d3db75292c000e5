//! Divides a table into what is learnt from, what chooses the settings, and what is asked at the very end.
