//! What holds for the renderings of every kind of event.

mod any;
mod renderings;
mod values;
