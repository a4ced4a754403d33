//! `omnivirt`: virtual machines and containers at the shell.

mod argument;
mod cli;
mod commands;
mod completion;
mod error;
mod manual;
mod output;
mod progress;
mod session;
mod target;
mod terminal;

use clap::FromArgMatches;
use cli::Cli;
use output::Output;
use session::Session;

fn main() {
    clap_complete::CompleteEnv::with_factory(manual::command).var(completion::VARIABLE).complete();
    let parsed = manual::command().try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches));
    let code = match parsed {
        Ok(cli) => run(cli),
        Err(refusal) => error::refuse_command_line(&refusal),
    };
    std::process::exit(code.into());
}

/// Runs the command, and gives the exit code.
fn run(Cli { global, command }: Cli) -> u8 {
    let output = Output::new(global.output, global.quiet);
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(source) => {
            return error::report(&error::system("the runtime did not start", source), output.format());
        }
    };
    let mut session = Session::new(global, output);
    let result = runtime.block_on(async {
        let result = command.run(&mut session).await;
        result.and(session.finish().await)
    });
    let code = match result {
        Ok(()) => session.exit_code,
        Err(failure) => error::report(&failure, session.output.format()),
    };
    // A simulated host of thousands of domains takes long to take apart; the end of the process does not.
    std::mem::forget((session, runtime));
    code
}
