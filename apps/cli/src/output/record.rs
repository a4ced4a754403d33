//! Values with named fields for people: one line a field, units taken from the names.

use super::style::{HEADING, NAME, Palette, printable};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::Serialize;
use std::fmt;

/// A value as it is written in JSON, with its fields in their order.
enum Node {
    Absent,
    Text(String),
    List(Vec<Node>),
    Fields(Vec<(String, Node)>),
}

/// The fields of a value, each on a line; those of a field's own value behind its name, as in `vcpus.0.state`.
pub(crate) fn render(value: &impl Serialize, palette: Palette) -> String {
    let json = serde_json::to_vec(value).expect("results have text keys only");
    let node: Node = serde_json::from_slice(&json).expect("what was just written as JSON is JSON");
    let mut lines = Vec::new();
    flatten(String::new(), node, &mut lines);
    let width = lines.iter().map(|(label, _)| label.len()).max().unwrap_or(0);
    let mut text = String::new();
    for (label, value) in lines {
        palette.write(HEADING, &label, &mut text);
        text.extend(std::iter::repeat_n(' ', width + 3 - label.len()));
        palette.write(
            if matches!(&*label, "name" | "domain.name") { NAME } else { "" },
            &printable(value),
            &mut text,
        );
        text.push('\n');
    }
    text
}

fn flatten(path: String, node: Node, lines: &mut Vec<(String, String)>) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match node {
        Node::Absent => {}
        Node::Text(value) => {
            let (label, value) = with_unit(path, value);
            lines.push((label, value));
        }
        Node::List(items) => {
            for (index, item) in items.into_iter().enumerate() {
                flatten(below(&index.to_string()), item, lines);
            }
        }
        Node::Fields(fields) => {
            if let Some(version) = version(&fields) {
                lines.push((path.replace('_', " "), version));
                return;
            }
            for (name, value) in fields {
                flatten(below(&name), value, lines);
            }
        }
    }
}

/// The three parts of a version number, as it is usually written.
fn version(fields: &[(String, Node)]) -> Option<String> {
    match fields {
        [(one, Node::Text(major)), (two, Node::Text(minor)), (three, Node::Text(release))]
            if [one, two, three] == ["major", "minor", "release"] =>
        {
            Some(format!("{major}.{minor}.{release}"))
        }
        _ => None,
    }
}

/// What libvirt writes for memory without a limit.
const UNLIMITED_KIB: u64 = 9_007_199_254_740_991;

/// The end of a field's name, and how a number of that unit is shown.
type Unit = (&'static str, fn(u64) -> String);

const UNITS: [Unit; 8] = [
    ("_bytes_per_s", |bytes| format!("{}/s", binary(bytes, 0))),
    ("_mib_per_s", |mebibytes| format!("{}/s", binary(mebibytes, 2))),
    ("_bytes", |bytes| binary(bytes, 0)),
    ("_kib", |kibibytes| if kibibytes == UNLIMITED_KIB { "unlimited".into() } else { binary(kibibytes, 1) }),
    ("_mhz", |megahertz| format!("{megahertz} MHz")),
    ("_ns", |nanoseconds| seconds(nanoseconds, 1_000_000_000)),
    ("_ms", |milliseconds| seconds(milliseconds, 1_000)),
    ("_seconds", |whole| seconds(whole, 1)),
];

fn with_unit(name: String, value: String) -> (String, String) {
    let unit = UNITS.iter().find_map(|(suffix, show)| Some((name.strip_suffix(suffix)?, show)));
    match (unit, value.parse()) {
        (Some((label, show)), Ok(number)) => (label.replace('_', " "), show(number)),
        _ => (name.replace('_', " "), value),
    }
}

/// An amount in the largest unit of which it has one: exactly where it is a whole number of them, else to two places.
#[allow(clippy::cast_precision_loss, reason = "shown to two places")]
fn binary(amount: u64, smallest_unit: usize) -> String {
    const NAMES: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let units = &NAMES[smallest_unit..];
    let index = (amount.checked_ilog2().unwrap_or(0) as usize / 10).min(units.len() - 1);
    let one = 1_u64 << (10 * index);
    match amount % one {
        0 => format!("{} {}", amount / one, units[index]),
        _ => format!("{:.2} {}", amount as f64 / one as f64, units[index]),
    }
}

#[allow(clippy::cast_precision_loss, reason = "shown to milliseconds")]
fn seconds(amount: u64, in_a_second: u64) -> String {
    match amount % in_a_second {
        0 => format!("{} s", amount / in_a_second),
        _ => format!("{:.3} s", amount as f64 / in_a_second as f64),
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Absent)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Text(if value { "yes" } else { "no" }.to_owned()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Text(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Text(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Text(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element()? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Node::Fields(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Serialize)]
    struct Example {
        name: &'static str,
        memory_kib: u64,
        cpu_time_ns: u64,
        missing: Option<u32>,
        persistent: bool,
        vcpus: Vec<(u32, &'static str)>,
    }

    #[test]
    fn fields_are_lines_with_their_units() {
        let example = Example {
            name: "web",
            memory_kib: 1_572_864,
            cpu_time_ns: 1_500_000_000,
            missing: None,
            persistent: true,
            vcpus: vec![(0, "running")],
        };
        let expected = "\
name         web
memory       1.50 GiB
cpu time     1.500 s
persistent   yes
vcpus.0.0    0
vcpus.0.1    running
";
        assert_eq!(render(&example, Palette::plain()), expected);
    }

    #[test]
    fn amounts_keep_their_unit_until_the_next_is_full() {
        for (amount, smallest_unit, text) in [
            (0, 0, "0 B"),
            (1_023, 0, "1023 B"),
            (1_024, 0, "1 KiB"),
            (2_097_152, 1, "2 GiB"),
            (1_000_000, 1, "976.56 MiB"),
            (u64::MAX, 1, "16384.00 EiB"),
        ] {
            assert_eq!(binary(amount, smallest_unit), text);
        }
    }
}
