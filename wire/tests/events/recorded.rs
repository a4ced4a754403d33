//! Messages that libvirt's own client reads, with every field distinct, and what they tell.

use omnivirt_wire::convert::event::event_body;

const MAIN: u32 = 0x2000_8086;

/// One message a line: its number, its payload, and what is expected of it.
const MESSAGES: &str = include_str!("recorded.txt");

#[test]
fn recorded_messages_tell_what_they_should() {
    let mut told = String::new();
    for line in MESSAGES.lines() {
        let (number, rest) = line.split_once(' ').unwrap();
        let (payload, _) = rest.split_once(' ').unwrap();
        let bytes: Vec<u8> = (0..payload.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&payload[at..at + 2], 16).unwrap())
            .collect();
        let decoded = event_body(MAIN, number.parse().unwrap(), &bytes).unwrap();
        let (object, body) =
            (serde_json::to_string(&decoded.object).unwrap(), serde_json::to_string(&decoded.body).unwrap());
        told += &format!("{number} {payload} {:?} {object} {body}\n", decoded.callback_id);
    }
    assert_eq!(told, MESSAGES);
    assert_eq!(MESSAGES.lines().count(), 34);
}
