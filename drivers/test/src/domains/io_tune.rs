//! The limits on a disk, or on a group of disks, as they stand in a domain's document.

use super::settings::{Setting, settings};
use omnivirt_core::xml::{Element, NewElement};
use omnivirt_core::{BlockIoTune, Error, ErrorKind, ParameterValue, Result};

settings!(set_values, read_values, BlockIoTune {
    total_bytes_per_s: "total_bytes_sec" at "total_bytes_sec",
    read_bytes_per_s: "read_bytes_sec" at "read_bytes_sec",
    write_bytes_per_s: "write_bytes_sec" at "write_bytes_sec",
    total_iops_per_s: "total_iops_sec" at "total_iops_sec",
    read_iops_per_s: "read_iops_sec" at "read_iops_sec",
    write_iops_per_s: "write_iops_sec" at "write_iops_sec",
    total_bytes_per_s_max: "total_bytes_sec_max" at "total_bytes_sec_max",
    read_bytes_per_s_max: "read_bytes_sec_max" at "read_bytes_sec_max",
    write_bytes_per_s_max: "write_bytes_sec_max" at "write_bytes_sec_max",
    total_iops_per_s_max: "total_iops_sec_max" at "total_iops_sec_max",
    read_iops_per_s_max: "read_iops_sec_max" at "read_iops_sec_max",
    write_iops_per_s_max: "write_iops_sec_max" at "write_iops_sec_max",
    total_bytes_per_s_max_seconds: "total_bytes_sec_max_length" at "total_bytes_sec_max_length",
    read_bytes_per_s_max_seconds: "read_bytes_sec_max_length" at "read_bytes_sec_max_length",
    write_bytes_per_s_max_seconds: "write_bytes_sec_max_length" at "write_bytes_sec_max_length",
    total_iops_per_s_max_seconds: "total_iops_sec_max_length" at "total_iops_sec_max_length",
    read_iops_per_s_max_seconds: "read_iops_sec_max_length" at "read_iops_sec_max_length",
    write_iops_per_s_max_seconds: "write_iops_sec_max_length" at "write_iops_sec_max_length",
    request_size_bytes: "size_iops_sec" at "size_iops_sec",
    group_name: "group_name" at "group_name",
});

/// The limits that stand in an element; 0 where there is none.
pub(crate) fn read(element: Option<Element<'_>>) -> BlockIoTune {
    let read = element.map(read_values).unwrap_or_default();
    let mut shown = zeroes();
    shown.group_name = read.group_name.clone();
    merge(&mut shown, &read);
    shown
}

/// What a call sets, by name.
pub(crate) fn changes(tune: &BlockIoTune) -> Vec<Setting> {
    set_values(tune)
}

/// The limits after a change. A limit on the total takes the place of those on reads and writes, and the other way round.
///
/// # Errors
///
/// `InvalidArgument` for limits that contradict each other.
pub(crate) fn changed(old: &BlockIoTune, change: &BlockIoTune) -> Result<BlockIoTune> {
    let is_set = |value: Option<u64>| value.unwrap_or(0) > 0;
    let mut new = old.clone();
    for (total, parts, what) in [
        (change.total_bytes_per_s, [change.read_bytes_per_s, change.write_bytes_per_s], "bytes"),
        (change.total_iops_per_s, [change.read_iops_per_s, change.write_iops_per_s], "requests"),
        (
            change.total_bytes_per_s_max,
            [change.read_bytes_per_s_max, change.write_bytes_per_s_max],
            "bytes during a burst",
        ),
        (
            change.total_iops_per_s_max,
            [change.read_iops_per_s_max, change.write_iops_per_s_max],
            "requests during a burst",
        ),
    ] {
        if is_set(total) && parts.into_iter().any(is_set) {
            let message = format!("a limit on all {what} rules out limits on those of reads or writes");
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        }
    }
    macro_rules! lift {
        ($($field:ident)*) => {{ $(new.$field = Some(0);)* }};
    }
    if is_set(change.total_bytes_per_s) {
        lift!(read_bytes_per_s read_bytes_per_s_max read_bytes_per_s_max_seconds);
        lift!(write_bytes_per_s write_bytes_per_s_max write_bytes_per_s_max_seconds);
    } else if is_set(change.read_bytes_per_s) || is_set(change.write_bytes_per_s) {
        lift!(total_bytes_per_s total_bytes_per_s_max total_bytes_per_s_max_seconds);
    }
    if is_set(change.total_iops_per_s) {
        lift!(read_iops_per_s read_iops_per_s_max read_iops_per_s_max_seconds);
        lift!(write_iops_per_s write_iops_per_s_max write_iops_per_s_max_seconds);
    } else if is_set(change.read_iops_per_s) || is_set(change.write_iops_per_s) {
        lift!(total_iops_per_s total_iops_per_s_max total_iops_per_s_max_seconds);
    }
    merge(&mut new, change);
    if let Some(group) = &change.group_name {
        new.group_name = Some(group.clone()).filter(|group| !group.is_empty());
    }
    check_bursts(&new)?;
    Ok(new)
}

/// Refuses bursts that are no more than the limit itself, and lengths of bursts that there are not.
fn check_bursts(tune: &BlockIoTune) -> Result<()> {
    let values = set_values(tune);
    let number =
        |name: &str| values.iter().find(|value| value.name == name).and_then(Setting::number).unwrap_or(0);
    let refuse = |message: String| Err(Error::new(ErrorKind::InvalidArgument, message));
    for limit in [
        "total_bytes_sec",
        "read_bytes_sec",
        "write_bytes_sec",
        "total_iops_sec",
        "read_iops_sec",
        "write_iops_sec",
    ] {
        let (most, burst, seconds) =
            (number(limit), number(&format!("{limit}_max")), number(&format!("{limit}_max_length")));
        if burst > 0 && most == 0 {
            return refuse(format!("'{limit}_max' needs '{limit}'"));
        }
        if burst > 0 && burst < most {
            return refuse(format!(
                "'{limit}_max' is {burst} and has to be '{limit}' or more, which is {most}"
            ));
        }
        if seconds > 0 && burst == 0 {
            return refuse(format!("'{limit}_max_length' needs '{limit}_max'"));
        }
    }
    Ok(())
}

/// The limits as an element of that name; none where nothing is limited.
pub(crate) fn element(name: &str, tune: &BlockIoTune) -> Option<NewElement> {
    let mut values = set_values(tune).into_iter().filter(|value| value.number() != Some(0)).peekable();
    values.peek()?;
    Some(values.fold(NewElement::new(name), |element, value| {
        let text = match &value.value {
            ParameterValue::String(text) => text.clone(),
            _ => value.number().unwrap_or_default().to_string(),
        };
        element.child(NewElement::new(value.way).text(text))
    }))
}

/// Takes over the numbers of `change` that are there.
fn merge(tune: &mut BlockIoTune, change: &BlockIoTune) {
    macro_rules! take_over {
        ($($field:ident)*) => { $(if change.$field.is_some() { tune.$field = change.$field; })* };
    }
    take_over!(
        total_bytes_per_s read_bytes_per_s write_bytes_per_s total_iops_per_s read_iops_per_s write_iops_per_s
        total_bytes_per_s_max read_bytes_per_s_max write_bytes_per_s_max
        total_iops_per_s_max read_iops_per_s_max write_iops_per_s_max
        total_bytes_per_s_max_seconds read_bytes_per_s_max_seconds write_bytes_per_s_max_seconds
        total_iops_per_s_max_seconds read_iops_per_s_max_seconds write_iops_per_s_max_seconds
        request_size_bytes
    );
}

/// No limit on anything.
fn zeroes() -> BlockIoTune {
    BlockIoTune::default()
        .total_bytes_per_s(0_u64)
        .read_bytes_per_s(0_u64)
        .write_bytes_per_s(0_u64)
        .total_iops_per_s(0_u64)
        .read_iops_per_s(0_u64)
        .write_iops_per_s(0_u64)
        .total_bytes_per_s_max(0_u64)
        .read_bytes_per_s_max(0_u64)
        .write_bytes_per_s_max(0_u64)
        .total_iops_per_s_max(0_u64)
        .read_iops_per_s_max(0_u64)
        .write_iops_per_s_max(0_u64)
        .total_bytes_per_s_max_seconds(0_u64)
        .read_bytes_per_s_max_seconds(0_u64)
        .write_bytes_per_s_max_seconds(0_u64)
        .total_iops_per_s_max_seconds(0_u64)
        .read_iops_per_s_max_seconds(0_u64)
        .write_iops_per_s_max_seconds(0_u64)
        .request_size_bytes(0_u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use omnivirt_core::xml::Document;

    #[test]
    fn limits_are_read_back_as_they_were_written() {
        let change =
            BlockIoTune::default().read_bytes_per_s(5_u64).read_bytes_per_s_max(7_u64).group_name("g");
        let tune = changed(&read(None), &change).unwrap();
        let document = Document::try_from(&element("iotune", &tune).unwrap()).unwrap();
        assert_eq!(read(Some(document.root())), tune);
        assert_eq!(document.root().children().count(), 3);
        assert_eq!(element("iotune", &read(None)), None);
    }

    #[test]
    fn a_limit_on_the_total_takes_the_place_of_the_others() {
        let old = changed(&read(None), &BlockIoTune::default().read_bytes_per_s(5_u64)).unwrap();
        let new = changed(&old, &BlockIoTune::default().total_bytes_per_s(9_u64)).unwrap();
        assert_eq!((new.total_bytes_per_s, new.read_bytes_per_s), (Some(9), Some(0)));
    }

    #[test]
    fn contradictions_are_refused() {
        let none = read(None);
        for change in [
            BlockIoTune::default().total_bytes_per_s(9_u64).write_bytes_per_s(1_u64),
            BlockIoTune::default().total_iops_per_s_max(9_u64),
            BlockIoTune::default().total_iops_per_s(9_u64).total_iops_per_s_max(8_u64),
            BlockIoTune::default().read_iops_per_s(9_u64).read_iops_per_s_max_seconds(8_u64),
        ] {
            assert_eq!(changed(&none, &change).unwrap_err().kind(), ErrorKind::InvalidArgument, "{change:?}");
        }
    }
}
