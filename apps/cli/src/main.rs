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

use clap::FromArgMatches;
use cli::Cli;
use output::Output;
use session::Session;
use std::process::ExitCode;

fn main() -> ExitCode {
    clap_complete::CompleteEnv::with_factory(manual::command).var(completion::VARIABLE).complete();
    let parsed = manual::command().try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(refusal) => return error::refuse_command_line(&refusal),
    };
    let output = Output::new(cli.global.output, cli.global.quiet);
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(source) => {
            return error::report(&error::system("the runtime did not start", source), &output);
        }
    };
    let mut session = Session::new(cli.global, output);
    let result = runtime.block_on(async {
        let result = cli.command.run(&mut session).await;
        result.and(session.finish().await)
    });
    match result {
        Ok(()) => ExitCode::from(session.exit_code),
        Err(failure) => error::report(&failure, &session.output),
    }
}
