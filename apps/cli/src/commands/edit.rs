//! `edit`.

use super::DomainArgument;
use crate::error::{self, Context};
use crate::session::Session;
use clap::Args;
use omnivirt::{DefineOptions, Domain, DumpxmlOptions, Error, ErrorKind, Result};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Edit the definition of a domain in $VISUAL or $EDITOR
///
/// What is refused is opened again, if you like; whatever happens, your text is not lost.
#[derive(Debug, Args)]
pub(crate) struct Edit {
    #[command(flatten)]
    domain: DomainArgument,
    /// Refuse what the schema does not know
    #[arg(long)]
    validate: bool,
}

impl Edit {
    pub(crate) async fn run(self, session: &mut Session) -> Result<()> {
        let domain = self.domain.find(session).await?;
        let before = definition(&domain).await?;
        let draft = Draft::new(&domain, &before)?;
        loop {
            let outcome = self.round(&domain, &before, &draft).await;
            let failure = match outcome {
                Ok(Outcome::Unchanged) => {
                    return session.output.done(domain.reference(), "edit", "not changed");
                }
                Ok(Outcome::Defined(domain)) => {
                    return session.output.done(domain.reference(), "edit", "edited");
                }
                Err(failure) => failure,
            };
            session.output.flush()?;
            if !is_asked_again(&failure, session)? {
                let kept = format!("your text is in {}", draft.keep()?.display());
                let hint = failure.hint().map_or_else(|| kept.clone(), |hint| format!("{hint}; {kept}"));
                return Err(failure.with_hint(hint));
            }
        }
    }

    /// One turn of the editor.
    async fn round(&self, domain: &Domain, before: &str, draft: &Draft) -> Result<Outcome> {
        let edited = draft.edit()?;
        if edited == before {
            return Ok(Outcome::Unchanged);
        }
        if definition(domain).await? != before {
            return Err(Error::new(
                ErrorKind::InvalidState,
                "the definition was changed by somebody else meanwhile",
            ));
        }
        let options = DefineOptions::default().validate(self.validate);
        domain.connection().define(&edited, options).await.map(Outcome::Defined)
    }
}

enum Outcome {
    Unchanged,
    Defined(Domain),
}

/// The definition with its secrets, which would be lost otherwise.
async fn definition(domain: &Domain) -> Result<String> {
    domain.dumpxml(DumpxmlOptions::default().inactive(true).secure(true)).await
}

/// The text that is being edited. Its file is deleted in the end unless it is kept.
struct Draft {
    file: tempfile::NamedTempFile,
}

impl Draft {
    fn new(domain: &Domain, text: &str) -> Result<Self> {
        let name: String =
            domain.name().chars().filter(|character| character.is_alphanumeric()).take(40).collect();
        let mut file = tempfile::Builder::new()
            .prefix(&format!("omnivirt-{name}-"))
            .suffix(".xml")
            .tempfile()
            .context(|| "cannot make a file to edit".into())?;
        file.write_all(text.as_bytes())
            .and_then(|()| file.flush())
            .context(|| "cannot write the file to edit".into())?;
        Ok(Self { file })
    }

    /// Runs the editor, and reads what it left.
    fn edit(&self) -> Result<String> {
        let editor =
            ["VISUAL", "EDITOR"].into_iter().filter_map(std::env::var_os).find(|editor| !editor.is_empty());
        let editor = editor.unwrap_or_else(|| "vi".into());
        let path = self.file.path();
        // An editor may be a command line of its own, such as "code --wait".
        let mut command = Command::new("sh");
        command
            .arg("-c")
            .arg("exec $OMNIVIRT_EDITOR \"$1\"")
            .arg("sh")
            .arg(path)
            .env("OMNIVIRT_EDITOR", &editor);
        let status = command.status().context(|| format!("cannot run the editor '{}'", editor.display()))?;
        if !status.success() {
            let failure = format!("the editor '{}' failed: {status}", editor.display());
            return Err(Error::new(ErrorKind::System, failure));
        }
        read(path)
    }

    fn keep(self) -> Result<PathBuf> {
        let (_, path) = self
            .file
            .keep()
            .map_err(|failure| error::system("cannot keep the edited file", failure.error))?;
        Ok(path)
    }
}

fn read(path: &Path) -> Result<String> {
    super::read_document(path)
}

/// Tells the failure and asks whether to edit on. Where nobody can answer, the answer is no.
fn is_asked_again(failure: &Error, session: &Session) -> Result<bool> {
    if !std::io::stdin().is_terminal() {
        return Ok(false);
    }
    error::show(failure, session.output.format());
    let mut stderr = std::io::stderr().lock();
    write!(stderr, "Edit again? [Y/n] ").and_then(|()| stderr.flush()).context(|| "cannot ask".into())?;
    let mut answer = String::new();
    let length = std::io::stdin().read_line(&mut answer).context(|| "cannot read the answer".into())?;
    Ok(length > 0 && !answer.trim().to_ascii_lowercase().starts_with('n'))
}
