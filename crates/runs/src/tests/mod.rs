//! Tests of the doctor and the report, on runs that are made up.

mod doctor;
mod made_up;
mod report;
