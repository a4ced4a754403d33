//! The user's own daemon, through the remote driver: started when it is asked for, one for all, gone when it is not needed.
//!
//! What a client finds depends on its environment, so each client is a process: this program itself, as `client`. One of the
//! tests needs QEMU.

#![allow(clippy::unwrap_used, reason = "a test fails where something is not as it should be")]
#![allow(clippy::print_stdout, reason = "a client tells what it found to the test that runs it")]

use libtest_mimic::{Arguments, Trial};
use omnivirt_core::{ConnectOptions, CreateOptions, DestroyOptions, DriverEntry, Error, ErrorKind, Registry};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::process::{Pid, PidfdFlags, Signal};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use tempfile::TempDir;

const PATIENCE_SECONDS: i64 = 60;

/// Drivers that only the daemon is to have.
const FAR: DriverEntry = DriverEntry {
    name: "far",
    schemes: &["test", "qemu"],
    transports: &[],
    daemon_paths: &["/default", "/session"],
    about: "",
    example: "",
    open: |_| Box::pin(async { Err(Error::new(ErrorKind::Internal, "opened in the client")) }),
};

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("client") {
        return client();
    }
    let tests: [(&str, fn()); 8] = [
        ("running_domains_keep_it_and_are_found_again", running_domains_keep_it_and_are_found_again),
        ("clients_that_come_at_once_get_one_daemon", clients_that_come_at_once_get_one_daemon),
        ("it_stays_for_a_client_and_ends_without", it_stays_for_a_client_and_ends_without),
        ("one_that_was_killed_is_started_anew", one_that_was_killed_is_started_anew),
        ("it_depends_on_nothing_of_who_asked", it_depends_on_nothing_of_who_asked),
        ("what_keeps_it_from_starting_is_told", what_keeps_it_from_starting_is_told),
        ("a_program_that_is_not_there_is_told", a_program_that_is_not_there_is_told),
        ("two_may_not_keep_the_same_files", two_may_not_keep_the_same_files),
    ];
    let trial = |(name, test): (&str, fn())| {
        Trial::test(name, move || {
            test();
            Ok(())
        })
    };
    libtest_mimic::run(&Arguments::from_args(), tests.map(trial).into()).exit_code()
}

/// Opens a host, does something there, and says what it found. Or says what failed.
fn client() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let registry = Registry::of([FAR, omnivirt_driver_remote::ENTRY]);
        let action = std::env::args().nth(2);
        let uri = if action.is_some() { "qemu:///session" } else { "test:///default" };
        let connection = match registry.open(uri, ConnectOptions::default()).await {
            Ok(connection) => connection,
            Err(error) => {
                println!("{:?} in {:?}: {error}", error.kind(), error.context("layer"));
                return ExitCode::FAILURE;
            }
        };
        match action.as_deref() {
            Some("run") => drop(connection.create(GUEST, CreateOptions::default()).await.unwrap()),
            Some("end") => {
                let domain = connection.domain_by_name("tiny").await.unwrap();
                domain.destroy(DestroyOptions::default()).await.unwrap();
            }
            Some(_) => {
                let domain = connection.domain_by_name("tiny").await.unwrap();
                println!("{:?}", domain.state().await.unwrap().state);
            }
            None => {
                println!("{}", connection.hostname().await.unwrap());
                std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
            }
        }
        connection.close().await.unwrap();
        ExitCode::SUCCESS
    })
}

/// A guest that finds nothing to boot, and stays there.
const GUEST: &str = "<domain type='qemu'><name>tiny</name><memory unit='MiB'>16</memory>
<os><type arch='x86_64' machine='pc'>hvm</type></os>
<devices><emulator>/usr/bin/qemu-system-x86_64</emulator></devices></domain>";

/// A user's directories. The daemon in them, if there is one, ends with this.
struct User {
    home: TempDir,
}

impl User {
    fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    fn configured(config: &str) -> Self {
        let user = Self::new();
        let folder = user.path("config/omnivirt");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("omnivirtd.toml"), config).unwrap();
        user
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn socket(&self) -> PathBuf {
        self.path("run/omnivirt/libvirt-sock")
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.path("state/omnivirt/omnivirtd.log")).unwrap_or_default()
    }

    /// Has the program see this user's directories alone.
    fn of<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("HOME", self.home.path())
            .env("XDG_RUNTIME_DIR", self.path("run"))
            .env("XDG_STATE_HOME", self.path("state"))
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env("OMNIVIRTD", env!("CARGO_BIN_EXE_omnivirtd"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
    }

    fn client(&self) -> Client {
        let mut command = Command::new(std::env::current_exe().unwrap());
        Client::of(self.of(command.arg("client")))
    }

    /// Has a client do something on the user's QEMU host, and gives what it says.
    fn qemu(&self, action: &str) -> String {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let mut client = Client::of(self.of(command.arg("client").arg(action)));
        let word = client.word();
        assert!(client.leave(), "{word}{}", self.log());
        word
    }

    /// The processes of the guests of this user: they work in the user's directory.
    fn guests(&self) -> Vec<Pid> {
        let processes = std::fs::read_dir("/proc").unwrap().filter_map(|entry| {
            let pid = entry.ok()?.file_name().to_str()?.parse().ok()?;
            let works_in = std::fs::read_link(format!("/proc/{pid}/cwd")).ok()?;
            works_in.starts_with(self.home.path()).then(|| Pid::from_raw(pid)).flatten()
        });
        processes.collect()
    }

    /// The process that serves this user, if there is one.
    fn daemon(&self) -> Option<Daemon> {
        let socket = UnixStream::connect(self.socket()).ok()?;
        let peer = rustix::net::sockopt::socket_peercred(&socket).unwrap();
        Some(Daemon { pid: peer.pid, file: rustix::process::pidfd_open(peer.pid, PidfdFlags::empty()).ok()? })
    }
}

impl Drop for User {
    fn drop(&mut self) {
        if let Some(daemon) = self.daemon() {
            daemon.signal(Signal::TERM);
            if !daemon.has_ended_within(PATIENCE_SECONDS) {
                daemon.signal(Signal::KILL);
            }
        }
        for guest in self.guests() {
            let _ = rustix::process::kill_process(guest, Signal::KILL);
        }
    }
}

struct Daemon {
    pid: Pid,
    file: std::os::fd::OwnedFd,
}

impl Daemon {
    fn signal(&self, signal: Signal) {
        rustix::process::pidfd_send_signal(&self.file, signal).unwrap();
    }

    fn has_ended_within(&self, seconds: i64) -> bool {
        let limit = Timespec { tv_sec: seconds, tv_nsec: 0 };
        rustix::event::poll(&mut [PollFd::new(&self.file, PollFlags::IN)], Some(&limit)).unwrap() > 0
    }
}

struct Client {
    child: Child,
    said: BufReader<std::process::ChildStdout>,
}

impl Client {
    fn of(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let said = BufReader::new(child.stdout.take().unwrap());
        Self { child, said }
    }

    /// Its first word: the host's name, or what failed.
    fn word(&mut self) -> String {
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        line
    }

    /// Has it close its connection, and says whether all was well.
    fn leave(mut self) -> bool {
        drop(self.child.stdin.take());
        self.child.wait().unwrap().success()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn clients_that_come_at_once_get_one_daemon() {
    let user = User::new();
    let mut clients: Vec<Client> = (0..6).map(|_| user.client()).collect();
    for client in &mut clients {
        let word = client.word();
        assert!(!word.contains("in "), "{word}{}", user.log());
    }
    assert_eq!(user.log().matches(" serving ").count(), 1, "{}", user.log());
    assert!(clients.into_iter().all(Client::leave));
    for folder in ["run/omnivirt", "state/omnivirt"] {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(user.path(folder)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{folder}");
    }
}

fn it_stays_for_a_client_and_ends_without() {
    let user = User::configured("[timeouts]\nidle = 1\n");
    let mut client = user.client();
    client.word();
    let first = user.daemon().unwrap();
    assert!(!first.has_ended_within(3), "{}", user.log());
    assert!(client.leave());
    assert!(first.has_ended_within(PATIENCE_SECONDS), "{}", user.log());
    assert!(user.log().contains("there was nothing to do"), "{}", user.log());
    let mut left = std::fs::read_dir(user.path("run/omnivirt")).unwrap();
    assert!(left.all(|entry| entry.unwrap().path().extension().is_some_and(|kind| kind == "lock")));
    // Who comes then has another one started.
    let mut client = user.client();
    client.word();
    assert_ne!(user.daemon().unwrap().pid, first.pid);
    assert!(client.leave());
}

fn running_domains_keep_it_and_are_found_again() {
    let user = User::configured("[timeouts]\nidle = 1\n");
    user.qemu("run");
    assert_eq!(user.guests().len(), 1);
    let first = user.daemon().unwrap();
    assert!(!first.has_ended_within(3), "{}", user.log());
    first.signal(Signal::KILL);
    assert!(first.has_ended_within(PATIENCE_SECONDS));
    assert_eq!(user.qemu("tell"), "Running\n");
    let second = user.daemon().unwrap();
    user.qemu("end");
    assert!(second.has_ended_within(PATIENCE_SECONDS), "{}", user.log());
    assert_eq!(user.guests(), []);
}

fn one_that_was_killed_is_started_anew() {
    let user = User::new();
    let mut client = user.client();
    client.word();
    let first = user.daemon().unwrap();
    first.signal(Signal::KILL);
    assert!(first.has_ended_within(PATIENCE_SECONDS));
    assert!(user.socket().exists());
    drop(client);
    let mut client = user.client();
    let word = client.word();
    assert!(client.leave(), "{word}{}", user.log());
}

fn it_depends_on_nothing_of_who_asked() {
    let user = User::new();
    let open = user.path("open");
    let mut command = Command::new("sh");
    command.args(["-c", "exec \"$0\" client 7>\"$1\""]).arg(std::env::current_exe().unwrap()).arg(&open);
    let mut client = Client::of(user.of(command.env("NOTIFY_SOCKET", user.path("nowhere"))));
    client.word();
    let daemon = user.daemon().unwrap();
    assert!(client.leave());
    let process = PathBuf::from(format!("/proc/{}", daemon.pid.as_raw_nonzero()));
    let descriptors = std::fs::read_dir(process.join("fd")).unwrap();
    let mut targets = descriptors.map(|entry| std::fs::read_link(entry.unwrap().path()).unwrap_or_default());
    assert!(open.exists() && targets.all(|target| target != open));
    assert_eq!(rustix::process::getsid(Some(daemon.pid)).unwrap(), daemon.pid);
    assert_eq!(std::fs::read_link(process.join("cwd")).unwrap(), Path::new("/"));
    for descriptor in ["fd/0", "fd/1"] {
        assert_eq!(std::fs::read_link(process.join(descriptor)).unwrap(), Path::new("/dev/null"));
    }
    assert!(!user.log().contains("systemd could not be told"), "{}", user.log());
}

fn what_keeps_it_from_starting_is_told() {
    let user = User::configured("[limits]\nmax_clients = 0\n");
    let mut client = user.client();
    let word = client.word();
    assert!(
        word.starts_with("ConnectFailed in Some(\"transport\"): the user's daemon did not start: "),
        "{word}"
    );
    assert!(word.contains("omnivirtd.toml:2: 0 is not allowed here"), "{word}");
    assert!(!client.leave());
    // What only the daemon itself finds out, too: something else has the socket's name.
    let user = User::new();
    std::fs::create_dir_all(user.socket().join("x")).unwrap();
    let word = user.client().word();
    assert!(word.contains("something that is no socket has that name"), "{word}");
}

fn a_program_that_is_not_there_is_told() {
    let user = User::new();
    let mut command = Command::new(std::env::current_exe().unwrap());
    let mut missing = Client::of(user.of(command.arg("client")).env("OMNIVIRTD", "/missing/omnivirtd"));
    let word = missing.word();
    assert!(word.contains("cannot run /missing/omnivirtd: No such file"), "{word}");
    let mut command = Command::new(std::env::current_exe().unwrap());
    let nowhere = user.of(command.arg("client")).env_remove("OMNIVIRTD").env("PATH", user.path("empty"));
    let word = Client::of(nowhere).word();
    assert!(word.contains("no omnivirtd was found to start") && word.contains("OMNIVIRTD"), "{word}");
    let mut command = Command::new(std::env::current_exe().unwrap());
    let other = user.of(command.arg("client")).env("OMNIVIRTD", "/bin/false");
    let word = Client::of(other).word();
    assert!(word.contains("did not start: exit status: 1"), "{word}");
}

fn two_may_not_keep_the_same_files() {
    let user = User::new();
    assert!({
        let mut client = user.client();
        client.word();
        client.leave()
    });
    let mut command = Command::new(env!("CARGO_BIN_EXE_omnivirtd"));
    let second = user.of(command.arg("--session").arg("--socket-dir").arg(user.path("elsewhere")));
    let output = second.stderr(Stdio::piped()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("another omnivirtd keeps its files in"), "{said}");
}
