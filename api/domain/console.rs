//! The ways into a domain: serial consoles, channels, graphical consoles, and a picture of the screen.

/// Opens consoles, channels and graphical consoles, and takes pictures of the screen.
#[family(accessor = console)]
trait DomainConsoleOps {
    /// Opens a serial or other text console; where no alias is given, the first.
    #[call(access = write, raises = [NotFound, InvalidState, DeviceMissing, ResourceBusy, ArgumentUnsupported],
           procedures = [domain_open_console])]
    fn open_console(domain: Domain, alias: Option<String>, options: ConsoleOptions) -> ByteStream;

    /// Opens the host's end of a channel to a program in the guest; where no name is given, the first.
    #[call(access = write, raises = [NotFound, InvalidState, DeviceMissing, ResourceBusy],
           procedures = [domain_open_channel])]
    fn open_channel(domain: Domain, name: Option<String>, options: ChannelOptions) -> ByteStream;

    /// Opens a connection to the graphical console of that number, counted from 0, and gives its socket away.
    #[call(access = write, raises = [NotFound, InvalidState, DeviceMissing], emits = [Graphics],
           procedures = [domain_open_graphics_fd])]
    fn open_graphics(domain: Domain, index: u32, options: GraphicsOptions) -> OwnedFd;

    /// Takes a connected socket as a new client of the graphical console of that number, counted from 0.
    #[call(access = write, raises = [NotFound, InvalidState, DeviceMissing], emits = [Graphics],
           procedures = [domain_open_graphics])]
    fn open_graphics_on(domain: Domain, index: u32, socket: OwnedFd, options: GraphicsOptions);

    /// Has graphical consoles read their TLS certificates again.
    #[call(access = write, raises = [NotFound, InvalidState, DeviceMissing], procedures = [domain_graphics_reload])]
    fn graphics_reload(domain: Domain, kind: GraphicsReload);

    /// Takes a picture of a screen, counted from 0. The stream says which type of image it carries.
    #[call(access = secret, raises = [NotFound, InvalidState, DeviceMissing], procedures = [domain_screenshot])]
    fn screenshot(domain: Domain, screen: u32) -> ByteStream;
}

/// How `Domain::open_console` opens a console.
#[options]
struct ConsoleOptions {
    /// Takes it from whoever has it.
    #[flag(0x1)]
    force: bool,
    /// Fails if the driver cannot keep others out meanwhile.
    #[flag(0x2)]
    safe: bool,
}

/// How `Domain::open_channel` opens a channel.
#[options]
struct ChannelOptions {
    /// Takes it from whoever has it.
    #[flag(0x1)]
    force: bool,
}

/// How a client is let in to a graphical console.
#[options]
struct GraphicsOptions {
    /// Without asking for a password.
    #[flag(0x1)]
    skip_auth: bool,
}

/// Which graphical consoles read their certificates again.
enum GraphicsReload {
    /// All.
    #[default]
    Any = 0,
    /// Those of VNC.
    Vnc = 1,
}
