//! stub
/// b
#[derive(Debug)]
pub struct EventBus;
