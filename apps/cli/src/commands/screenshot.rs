//! `screenshot`.

use super::DomainArgument;
use crate::error::{Context, usage};
use crate::session::Session;
use clap::{Args, ValueHint};
use omnivirt::stream::ByteStream;
use omnivirt::{Domain, Error, ErrorKind, Result, Timestamp};
use serde::Serialize;
use std::io::{IsTerminal, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Take a picture of a domain's screen
///
/// Without FILE, or where it is a folder, the file is named after the domain and the time, with the extension of the picture's type.
/// A FILE without an extension gets that one. A file that is there already is left alone, unless --force is given.
///
/// Example: omnivirt screenshot web
///
/// Example: omnivirt screenshot web - | feh -
#[derive(Debug, Args)]
pub(crate) struct Screenshot {
    #[command(flatten)]
    domain: DomainArgument,
    /// Where the picture goes; - for standard output
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: Option<PathBuf>,
    /// The number of the screen, counted from 0
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    screen: u32,
    /// Put it in the place of a file that is there
    #[arg(long)]
    force: bool,
}

/// The types of pictures that are known by name, and their extensions.
const TYPES: [(&str, &str); 6] = [
    ("image/png", "png"),
    ("image/x-portable-pixmap", "ppm"),
    ("image/jpeg", "jpg"),
    ("image/bmp", "bmp"),
    ("image/gif", "gif"),
    ("image/webp", "webp"),
];

/// What was taken.
#[derive(Debug, Serialize)]
struct Taken {
    file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<String>,
    bytes: u64,
}

impl Screenshot {
    pub(crate) async fn run(self, session: &mut Session) -> Result<()> {
        let to_stdout = self.file.as_deref() == Some(Path::new("-"));
        if to_stdout && std::io::stdout().is_terminal() {
            return Err(
                usage("a picture is not written to a terminal").with_hint("name a file, or use a pipe")
            );
        }
        let domain = self.domain.find(session).await?;
        let mut stream = domain.screenshot(self.screen).await?;
        if to_stdout {
            session.output.flush()?;
            copy(&mut stream, &mut std::io::stdout().lock(), "standard output").await?;
            return Ok(());
        }
        let content_type = stream.content_type().map(str::to_owned);
        let path = self.path(&domain, content_type.as_deref());
        let bytes = self.write(&mut stream, &path).await?;
        let taken = Taken { file: path.display().to_string(), content_type, bytes };
        if session.output.is_json() {
            return session.output.json(&taken);
        }
        if session.options.quiet {
            return session.output.line(&taken.file);
        }
        let kind = taken.content_type.as_deref().unwrap_or("a type that is not told");
        session.output.line(&format!(
            "screenshot of domain '{}' saved to {} ({kind})",
            domain.name(),
            taken.file
        ))
    }

    /// Where the picture goes.
    fn path(&self, domain: &Domain, content_type: Option<&str>) -> PathBuf {
        let known = TYPES.iter().find(|(name, _)| Some(*name) == content_type);
        let extension = known.map_or("img", |(_, extension)| extension);
        match &self.file {
            Some(file) if !file.is_dir() => match file.extension() {
                Some(_) => file.clone(),
                None => file.with_extension(extension),
            },
            folder => {
                let now = Timestamp::now().to_string();
                // Whole milliseconds tell one picture from the next.
                let now = now.find('.').and_then(|point| now.get(..point + 4)).unwrap_or(&now);
                // Colons and slashes are no good in the name of a file.
                let name = format!("{}-{now}", domain.name()).replace(['/', ':'], "_");
                folder.clone().unwrap_or_default().join(format!("{name}.{extension}"))
            }
        }
    }

    /// Writes the picture beside the place where it belongs and moves it there when it is whole.
    async fn write(&self, stream: &mut ByteStream, path: &Path) -> Result<u64> {
        let failed = || format!("cannot write {}", path.display());
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // Told before the picture is read; that it is not there then is made sure at the end.
        if !self.force && path.symlink_metadata().is_ok() {
            return Err(is_there(path));
        }
        let permissions = std::fs::Permissions::from_mode(0o666);
        let mut builder = tempfile::Builder::new();
        let mut file =
            builder.prefix(".screenshot-").permissions(permissions).tempfile_in(folder).context(failed)?;
        let bytes = copy(stream, file.as_file_mut(), &path.display().to_string()).await?;
        let placed = match self.force {
            true => file.persist(path),
            false => file.persist_noclobber(path),
        };
        match placed {
            Ok(_) => Ok(bytes),
            Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => Err(is_there(path)),
            Err(error) => Err(error.error).context(failed),
        }
    }
}

fn is_there(path: &Path) -> Error {
    Error::new(ErrorKind::AlreadyExists, format!("{} is there already", path.display()))
        .with_hint("name another file, or use --force")
}

async fn copy(stream: &mut ByteStream, to: &mut impl Write, name: &str) -> Result<u64> {
    let mut buffer = vec![0; 65_536];
    let mut bytes = 0;
    loop {
        let count = stream.read(&mut buffer).await?;
        if count == 0 {
            to.flush().context(|| format!("cannot write {name}"))?;
            return Ok(bytes);
        }
        to.write_all(&buffer[..count]).context(|| format!("cannot write {name}"))?;
        bytes += count as u64;
    }
}
