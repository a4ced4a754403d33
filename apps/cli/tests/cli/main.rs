//! Runs the program as a person or a script would, and holds what it says against what is committed.

mod behaviour;
mod completion;
mod doctor;
mod documents;
mod pseudo_terminal;
mod shell;
mod transcripts;
mod ways_in;
