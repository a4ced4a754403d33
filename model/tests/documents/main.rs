//! Documents: the XML tree by itself, and both over the corpus of documents with what libvirt made of each.

#![allow(clippy::unwrap_used, reason = "what helps a test may fail it")]
#![allow(clippy::print_stdout, reason = "a test without its corpus says so")]

mod corpus;
mod devices;
mod domain;
mod metadata;
mod normalise;
mod xml_properties;
mod xml_refusals;
