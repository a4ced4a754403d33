//! Documents: the XML tree by itself, and both over the corpus of documents with what libvirt made of each.

mod corpus;
mod xml_properties;
mod xml_refusals;
