//! Whether trying again can help.

use serde::{Deserialize, Serialize};

/// Whether the same call can succeed when it is made again.
///
/// ```
/// use omnivirt_model::{ErrorKind, Retry};
///
/// assert_eq!(ErrorKind::NotFound.retry(), Retry::Never);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    /// Not before something else changes.
    Never,
    /// At once, or after a short wait.
    Now,
    /// On a new connection.
    AfterReconnect,
}
