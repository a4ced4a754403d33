//! Reading a connection URI.

use super::ConnectUri;
use std::fmt;
use std::net::Ipv6Addr;

/// Why a text is no connection URI, where, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UriError {
    column: usize,
    problem: String,
    advice: &'static str,
}

impl UriError {
    /// The character at which reading stopped, counted from 1.
    #[must_use]
    pub fn column(&self) -> usize {
        self.column
    }
}

impl fmt::Display for UriError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} at column {}; {}", self.problem, self.column, self.advice)
    }
}

impl std::error::Error for UriError {}

const FORM: &str =
    "write it as driver[+transport]://[user@][host][:port]/[path][?parameters], as in test:///default";

/// A part of the URI and where in it that part starts, in bytes.
#[derive(Clone, Copy)]
struct Part<'a> {
    whole: &'a str,
    start: usize,
    text: &'a str,
}

impl<'a> Part<'a> {
    /// The bytes `from..to` of this part.
    fn slice(self, from: usize, to: usize) -> Self {
        Self { whole: self.whole, start: self.start + from, text: &self.text[from..to] }
    }

    /// What stands before and after the first of a character, which belongs to neither.
    fn split(self, at: char) -> Option<(Self, Self)> {
        self.text.find(at).map(|index| self.apart(index))
    }

    fn rsplit(self, at: char) -> Option<(Self, Self)> {
        self.text.rfind(at).map(|index| self.apart(index))
    }

    fn apart(self, index: usize) -> (Self, Self) {
        (self.slice(0, index), self.slice(index + 1, self.text.len()))
    }

    fn error(self, offset: usize, problem: impl Into<String>, advice: &'static str) -> UriError {
        let column = self.whole[..self.start + offset].chars().count() + 1;
        UriError { column, problem: problem.into(), advice }
    }

    /// The text with its percent escapes resolved.
    fn decoded(self) -> Result<String, UriError> {
        if !self.text.contains('%') {
            return Ok(self.text.to_owned());
        }
        let mut bytes = Vec::with_capacity(self.text.len());
        let mut rest = self.text;
        while let Some(at) = rest.find('%') {
            let offset = self.text.len() - rest.len() + at;
            let digits = rest
                .get(at + 1..at + 3)
                .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
            let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) else {
                return Err(self.error(
                    offset,
                    "'%' without two hexadecimal digits",
                    "write a percent sign as %25",
                ));
            };
            if byte == 0 {
                return Err(self.error(offset, "an encoded NUL byte", "leave it out"));
            }
            bytes.extend_from_slice(&rest.as_bytes()[..at]);
            bytes.push(byte);
            rest = &rest[at + 3..];
        }
        bytes.extend_from_slice(rest.as_bytes());
        String::from_utf8(bytes).map_err(|_| {
            let first = self.text.find('%').unwrap_or_default();
            self.error(
                first,
                "percent escapes that are not UTF-8",
                "encode each byte of the text's UTF-8 form",
            )
        })
    }
}

pub(super) fn parse(text: &str) -> Result<ConnectUri, UriError> {
    let whole = Part { whole: text, start: 0, text };
    if text.is_empty() {
        return Err(whole.error(0, "the URI is empty", FORM));
    }
    let Some(colon) = text.find("://") else {
        let at = text.find([':', '/', '?']).unwrap_or(text.len());
        return Err(whole.error(at, "the URI has no '://' behind its driver", FORM));
    };
    let (driver, transport) = scheme(whole.slice(0, colon))?;
    let rest = whole.slice(colon + 3, text.len());
    check_characters(rest)?;
    let (rest, query) = match rest.split('?') {
        Some((rest, query)) => (rest, Some(query)),
        None => (rest, None),
    };
    let slash = rest.text.find('/').unwrap_or(rest.text.len());
    let (user, host, port) = authority(rest.slice(0, slash))?;
    Ok(ConnectUri {
        driver,
        transport,
        user,
        host,
        port,
        path: rest.slice(slash, rest.text.len()).decoded()?,
        parameters: query.map_or_else(|| Ok(Vec::new()), parameters)?,
    })
}

fn scheme(scheme: Part<'_>) -> Result<(String, Option<String>), UriError> {
    let (driver, transport) = match scheme.split('+') {
        Some((driver, transport)) => (driver, Some(transport)),
        None => (scheme, None),
    };
    Ok((word(driver, "driver")?, transport.map(|transport| word(transport, "transport")).transpose()?))
}

fn word(part: Part<'_>, what: &str) -> Result<String, UriError> {
    if part.text.is_empty() {
        return Err(part.error(0, format!("the {what} is missing"), FORM));
    }
    if !part.text.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return Err(part.error(0, format!("the {what} does not start with a letter"), FORM));
    }
    match part.text.find(|character: char| !(character.is_ascii_alphanumeric() || ".-".contains(character))) {
        Some(at) => {
            Err(part.error(at, format!("the {what} has a character other than letters and digits"), FORM))
        }
        None => Ok(part.text.to_owned()),
    }
}

fn check_characters(rest: Part<'_>) -> Result<(), UriError> {
    match rest
        .text
        .char_indices()
        .find(|(_, character)| character.is_whitespace() || character.is_control() || *character == '#')
    {
        Some((at, '#')) => Err(rest.error(at, "a fragment, which no driver knows", "write '#' as %23")),
        Some((at, ' ')) => Err(rest.error(at, "a space", "write it as %20")),
        Some((at, _)) => {
            Err(rest.error(at, "a blank or control character", "percent-encode it, as in %09 for a tab"))
        }
        None => Ok(()),
    }
}

type Authority = (Option<String>, Option<String>, Option<u16>);

fn authority(authority: Part<'_>) -> Result<Authority, UriError> {
    let (user, place) = match authority.rsplit('@') {
        Some((user, _)) if user.text.is_empty() => {
            return Err(user.error(0, "no user before '@'", "name the user, or leave '@' out"));
        }
        Some((user, place)) => (Some(user.decoded()?), place),
        None => (None, authority),
    };
    let (host, port) = if place.text.starts_with('[') {
        let Some((address, port)) = place.slice(1, place.text.len()).split(']') else {
            return Err(place.error(0, "the IPv6 address has no ']'", "write it as [::1]"));
        };
        let decoded = address.decoded()?;
        let (number, _zone) = decoded.split_once('%').unwrap_or((&decoded, ""));
        if number.parse::<Ipv6Addr>().is_err() {
            return Err(address.error(0, "what is in brackets is no IPv6 address", "write it as [::1]"));
        }
        if !port.text.is_empty() && !port.text.starts_with(':') {
            return Err(port.error(
                0,
                "neither a port nor a path follows the address",
                "write the port as [::1]:22",
            ));
        }
        (Some(decoded), port.split(':').map(|(_, port)| port))
    } else {
        let (host, port) = match place.split(':') {
            Some((_, port)) if port.text.contains(':') => {
                return Err(place.error(0, "an IPv6 address without brackets", "put it in brackets: [::1]"));
            }
            Some((host, port)) => (host, Some(port)),
            None => (place, None),
        };
        if host.text.is_empty() && (user.is_some() || port.is_some()) {
            return Err(host.error(0, "a user or a port without a host", "name the host"));
        }
        (Some(host.decoded()?).filter(|host| !host.is_empty()), port)
    };
    Ok((user, host, port.map(number).transpose()?))
}

fn number(port: Part<'_>) -> Result<u16, UriError> {
    let digits = port.text.bytes().all(|byte| byte.is_ascii_digit());
    port.text.parse().ok().filter(|number| digits && *number != 0).ok_or_else(|| {
        port.error(0, "the port is no number from 1 to 65535", "correct it, or leave the colon out")
    })
}

fn parameters(query: Part<'_>) -> Result<Vec<(String, String)>, UriError> {
    let mut parameters = Vec::new();
    let mut rest = Some(query);
    while let Some(part) = rest {
        // libvirt parts parameters at ';' too.
        let (parameter, next) = match part.text.find(['&', ';']) {
            Some(at) => (part.slice(0, at), Some(part.slice(at + 1, part.text.len()))),
            None => (part, None),
        };
        rest = next;
        if parameter.text.is_empty() {
            continue;
        }
        let end = parameter.slice(parameter.text.len(), parameter.text.len());
        let (name, value) = parameter.split('=').unwrap_or((parameter, end));
        if name.text.is_empty() {
            return Err(name.error(0, "a parameter without a name", "write it as name=value"));
        }
        parameters.push((name.decoded()?, value.decoded()?));
    }
    Ok(parameters)
}
