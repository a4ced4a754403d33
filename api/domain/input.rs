//! What reaches a guest from outside: keys, interrupts, signals.

/// Presses keys, interrupts the guest, and signals its processes.
#[family(accessor = input)]
trait DomainInputOps {
    /// Presses up to 16 keys together and lets them go.
    #[call(access = write, raises = [NotFound, InvalidState], procedures = [domain_send_key])]
    fn send_key(domain: Domain, codeset: KeycodeSet, keycodes: Vec<u32>, hold_ms: u32);

    /// Interrupts the guest's kernel in a way that it cannot mask.
    #[call(access = write, raises = [NotFound, InvalidState], procedures = [domain_inject_nmi])]
    fn inject_nmi(domain: Domain);

    /// Sends a signal to a process of a container by the number that the process has there.
    ///
    /// A negative number means a group of processes; 1 is the container's init.
    #[call(access = write, raises = [NotFound, InvalidState], emits = [Lifecycle, Reboot],
           procedures = [domain_send_process_signal])]
    fn send_process_signal(domain: Domain, pid: i64, signal: ProcessSignal);
}

/// Where a key's number comes from.
enum KeycodeSet {
    /// Linux's input events.
    #[default]
    Linux = 0,
    /// The XT keyboard.
    Xt = 1,
    /// The AT keyboard, set 1.
    AtSet1 = 2,
    /// The AT keyboard, set 2.
    AtSet2 = 3,
    /// The AT keyboard, set 3.
    AtSet3 = 4,
    /// macOS.
    Osx = 5,
    /// Linux's XT keyboard driver.
    XtKbd = 6,
    /// USB's human interface devices.
    Usb = 7,
    /// Windows.
    Win32 = 8,
    /// QEMU's numbers, which VNC uses too.
    Qnum = 9,
}

/// A signal. The numbers are the same for every guest.
enum ProcessSignal {
    /// None: asks whether the process is there.
    #[default]
    Nop = 0,
    /// `SIGHUP`.
    Hup = 1,
    /// `SIGINT`.
    Int = 2,
    /// `SIGQUIT`.
    Quit = 3,
    /// `SIGILL`.
    Ill = 4,
    /// `SIGTRAP`.
    Trap = 5,
    /// `SIGABRT`.
    Abrt = 6,
    /// `SIGBUS`.
    Bus = 7,
    /// `SIGFPE`.
    Fpe = 8,
    /// `SIGKILL`.
    Kill = 9,
    /// `SIGUSR1`.
    Usr1 = 10,
    /// `SIGSEGV`.
    Segv = 11,
    /// `SIGUSR2`.
    Usr2 = 12,
    /// `SIGPIPE`.
    Pipe = 13,
    /// `SIGALRM`.
    Alrm = 14,
    /// `SIGTERM`.
    Term = 15,
    /// `SIGSTKFLT`.
    Stkflt = 16,
    /// `SIGCHLD`.
    Chld = 17,
    /// `SIGCONT`.
    Cont = 18,
    /// `SIGSTOP`.
    Stop = 19,
    /// `SIGTSTP`.
    Tstp = 20,
    /// `SIGTTIN`.
    Ttin = 21,
    /// `SIGTTOU`.
    Ttou = 22,
    /// `SIGURG`.
    Urg = 23,
    /// `SIGXCPU`.
    Xcpu = 24,
    /// `SIGXFSZ`.
    Xfsz = 25,
    /// `SIGVTALRM`.
    Vtalrm = 26,
    /// `SIGPROF`.
    Prof = 27,
    /// `SIGWINCH`.
    Winch = 28,
    /// `SIGPOLL`.
    Poll = 29,
    /// `SIGPWR`.
    Pwr = 30,
    /// `SIGSYS`.
    Sys = 31,
    /// Real-time signal 0.
    Rt0 = 32,
    /// Real-time signal 1.
    Rt1 = 33,
    /// Real-time signal 2.
    Rt2 = 34,
    /// Real-time signal 3.
    Rt3 = 35,
    /// Real-time signal 4.
    Rt4 = 36,
    /// Real-time signal 5.
    Rt5 = 37,
    /// Real-time signal 6.
    Rt6 = 38,
    /// Real-time signal 7.
    Rt7 = 39,
    /// Real-time signal 8.
    Rt8 = 40,
    /// Real-time signal 9.
    Rt9 = 41,
    /// Real-time signal 10.
    Rt10 = 42,
    /// Real-time signal 11.
    Rt11 = 43,
    /// Real-time signal 12.
    Rt12 = 44,
    /// Real-time signal 13.
    Rt13 = 45,
    /// Real-time signal 14.
    Rt14 = 46,
    /// Real-time signal 15.
    Rt15 = 47,
    /// Real-time signal 16.
    Rt16 = 48,
    /// Real-time signal 17.
    Rt17 = 49,
    /// Real-time signal 18.
    Rt18 = 50,
    /// Real-time signal 19.
    Rt19 = 51,
    /// Real-time signal 20.
    Rt20 = 52,
    /// Real-time signal 21.
    Rt21 = 53,
    /// Real-time signal 22.
    Rt22 = 54,
    /// Real-time signal 23.
    Rt23 = 55,
    /// Real-time signal 24.
    Rt24 = 56,
    /// Real-time signal 25.
    Rt25 = 57,
    /// Real-time signal 26.
    Rt26 = 58,
    /// Real-time signal 27.
    Rt27 = 59,
    /// Real-time signal 28.
    Rt28 = 60,
    /// Real-time signal 29.
    Rt29 = 61,
    /// Real-time signal 30.
    Rt30 = 62,
    /// Real-time signal 31.
    Rt31 = 63,
    /// Real-time signal 32.
    Rt32 = 64,
}
