//! The environment in which QEMU runs.

use super::arguments::text;
use super::context::Context;
use omnivirt_core::domain::Domain;
use omnivirt_core::domain::devices::Graphics;

/// Where programs are looked for. QEMU starts none, but libraries of it ask.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// All of QEMU's environment: nothing of it comes from the driver's own.
pub(super) fn of(domain: &Domain, context: &Context<'_>) -> Vec<(String, String)> {
    let home = |below: &str| text(&context.directory.join(below));
    let mut all = vec![
        ("LC_ALL".to_owned(), "C".to_owned()),
        ("PATH".to_owned(), PATH.to_owned()),
        ("HOME".to_owned(), text(context.directory)),
        ("XDG_DATA_HOME".to_owned(), home(".local/share")),
        ("XDG_CACHE_HOME".to_owned(), home(".cache")),
        ("XDG_CONFIG_HOME".to_owned(), home(".config")),
    ];
    if let Some(zone) = domain.clock.as_ref().and_then(|clock| clock.timezone.as_ref()) {
        all.push(("TZ".to_owned(), zone.clone()));
    }
    for graphics in &domain.devices.graphics {
        let Graphics::Sdl(sdl) = graphics else { continue };
        let variables = [("XAUTHORITY", &sdl.authority), ("DISPLAY", &sdl.display)];
        for (name, value) in variables {
            all.extend(value.clone().map(|value| (name.to_owned(), value)));
        }
    }
    let given = domain.qemu_command_line.iter().flat_map(|line| &line.environment);
    for variable in given {
        let Some(name) = &variable.name else { continue };
        let value = variable.value.clone().unwrap_or_default();
        match all.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = value,
            None => all.push((name.clone(), value)),
        }
    }
    all
}
