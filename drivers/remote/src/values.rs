//! Values to and from the wire, with what goes wrong as the core's errors.

use omnivirt_core::{Error, ErrorKind, Result};
use omnivirt_wire::convert::{ConvertError, FromWire, IntoWire, Parameters};
use omnivirt_wire::structs::TypedParam;
use std::os::fd::OwnedFd;

/// libvirt's codes for "no such snapshot" and "no such checkpoint".
const NONE_OF_DOMAIN: [u32; 2] = [72, 103];

/// A value for the daemon.
///
/// # Errors
///
/// `InvalidArgument` if the protocol cannot carry it.
pub(crate) fn to_wire<T: IntoWire<W>, W>(value: T) -> Result<W> {
    value
        .into_wire()
        .map_err(|error| Error::new(ErrorKind::InvalidArgument, error.to_string()).with_source(error))
}

/// A value from the daemon.
///
/// # Errors
///
/// `ProtocolError` if it makes no sense.
pub(crate) fn from_wire<W, T: FromWire<W>>(wire: W) -> Result<T> {
    T::from_wire(wire).map_err(senseless)
}

/// A structure that the daemon tells as typed parameters.
///
/// # Errors
///
/// `ProtocolError` if one of them makes no sense.
pub(crate) fn read_parameters<T: Parameters>(parameters: &[TypedParam]) -> Result<T> {
    T::from_parameters(parameters).map_err(senseless)
}

pub(crate) fn senseless(error: ConvertError) -> Error {
    Error::new(ErrorKind::ProtocolError, format!("the daemon's answer makes no sense: {error}"))
        .with_source(error)
}

/// The snapshot or checkpoint, if there is one. That the domain itself is not there stays an error.
///
/// # Errors
///
/// Those of the call.
pub(crate) fn found<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if NONE_OF_DOMAIN.contains(&error.libvirt_code()) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The file descriptor that an answer brings.
///
/// # Errors
///
/// `ProtocolError` if it brings none.
pub(crate) fn one_file(files: Vec<OwnedFd>) -> Result<OwnedFd> {
    files.into_iter().next().ok_or_else(|| {
        Error::new(ErrorKind::ProtocolError, "the daemon's answer has no file descriptor, where one belongs")
    })
}
