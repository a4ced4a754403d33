//! What makes the program's own documents: `completions`, and hidden, `man` and `markdown`.

use crate::completion::VARIABLE;
use crate::error::{self, Context};
use crate::manual;
use crate::session::Session;
use clap::{Subcommand, ValueHint};
use clap_complete::Shell;
use clap_complete::env::Shells;
use omnivirt::Result;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print a script with which a shell completes this program's command lines
    ///
    /// The script asks the program, which knows the names of domains. For bash:
    ///
    ///     source <(omnivirt completions bash)
    #[command(verbatim_doc_comment)]
    Completions {
        #[arg(value_enum)]
        shell: Shell,
        /// A script that never runs the program; names of domains are not completed
        #[arg(long)]
        r#static: bool,
    },
    /// Write manual pages into a directory
    #[command(hide = true)]
    Man {
        #[arg(value_hint = ValueHint::DirPath)]
        directory: PathBuf,
    },
    /// Print this program's manual in Markdown
    #[command(hide = true)]
    Markdown,
}

impl Command {
    pub(crate) fn run(self, session: &mut Session) -> Result<()> {
        let mut command = manual::command();
        match self {
            Self::Completions { shell, r#static: true } => {
                let mut script = Vec::new();
                clap_complete::generate(shell, &mut command, "omnivirt", &mut script);
                session.output.write(&String::from_utf8_lossy(&script))
            }
            Self::Completions { shell, r#static: false } => {
                let script = registration(shell)?;
                session.output.write(&script)
            }
            Self::Man { directory } => std::fs::create_dir_all(&directory)
                .and_then(|()| clap_mangen::generate_to(command, &directory))
                .context(|| format!("cannot write manual pages into {}", directory.display())),
            Self::Markdown => session.output.write(&manual::markdown(&mut command)),
        }
    }
}

/// The script that has the shell ask this program.
fn registration(shell: Shell) -> Result<String> {
    let shells = Shells::builtins();
    let program = std::env::args().next().unwrap_or_else(|| "omnivirt".into());
    let mut script = Vec::new();
    let writer = shells.completer(&shell.to_string()).expect("both lists hold the same shells");
    writer
        .write_registration(VARIABLE, "omnivirt", "omnivirt", &program, &mut script)
        .map_err(|source| error::system("cannot make the script", source))?;
    Ok(String::from_utf8_lossy(&script).into_owned())
}
