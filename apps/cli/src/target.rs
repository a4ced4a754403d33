//! Finding the domain that an argument names: by id, UUID or name, as virsh does.

use omnivirt::{Connection, Domain, DomainFilter, Error, ErrorKind, Result, Uuid};

/// Names that differ no more than this are offered in place of one that is not there.
const LIKENESS: f64 = 0.8;

/// The domain that `name` names: the running one of that id, else the one of that UUID, else the one of that name.
pub(crate) async fn domain(connection: &Connection, name: &str) -> Result<Domain> {
    if let Ok(id) = name.parse::<u32>()
        && let Some(domain) = found(connection.domain_by_id(id).await)?
    {
        return Ok(domain);
    }
    if let Ok(uuid) = name.parse::<Uuid>()
        && let Some(domain) = found(connection.domain_by_uuid(uuid).await)?
    {
        return Ok(domain);
    }
    match found(connection.domain_by_name(name).await)? {
        Some(domain) => Ok(domain),
        None => Err(not_found(connection, name).await),
    }
}

fn found(answer: Result<Domain>) -> Result<Option<Domain>> {
    match answer {
        Ok(domain) => Ok(Some(domain)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

async fn not_found(connection: &Connection, name: &str) -> Error {
    // The error to tell is that the domain is not there; that no better one can be offered is none.
    let domains = connection.list_domains(DomainFilter::default()).await.unwrap_or_default();
    let likeness = |domain: &&Domain| strsim::jaro_winkler(domain.name(), name);
    let nearest = domains.iter().max_by(|left, right| likeness(left).total_cmp(&likeness(right)));
    let hint = match nearest {
        Some(domain) if likeness(&domain) >= LIKENESS => format!("did you mean '{}'?", domain.name()),
        Some(_) => "'omnivirt list --all' shows those there are".into(),
        None => format!("{} has no domains", connection.uri()),
    };
    Error::new(ErrorKind::NotFound, format!("no domain has the name, UUID or id '{name}'")).with_hint(hint)
}
