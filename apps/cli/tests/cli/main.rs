//! Runs the program as a person or a script would, and holds what it says against what is committed.

mod behaviour;
mod completion;
mod doctor;
mod documents;
mod shell;
mod transcripts;
