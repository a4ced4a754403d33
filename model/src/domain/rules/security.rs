//! What protects a domain from others.

use super::Fault;
use crate::document::{DocumentErrorKind, YesNo};
use crate::domain::Domain;
use crate::domain::security::{SecurityLabel, SecurityLabelType};
use std::collections::BTreeSet;

/// Fills in what the labels leave open.
pub(super) fn complete(domain: &mut Domain) -> Result<(), Fault> {
    let labels = &domain.security_labels;
    if labels.len() > 1
        && let Some(nameless) = labels.iter().position(|label| label.model.is_none())
    {
        let message = "there are several labels, and this one does not say for which security driver it is";
        return Err(Fault::new(DocumentErrorKind::Invalid, format!("seclabel[{}]", nameless + 1), message)
            .hint("name it in the attribute model"));
    }
    domain.security_labels.retain(|label| label.label_type.is_some());
    let mut models = BTreeSet::new();
    for (index, label) in domain.security_labels.iter_mut().enumerate() {
        let path = format!("seclabel[{}]", index + 1);
        complete_label(label, &path)?;
        if !models.insert(label.model.clone()) {
            let message = "a security driver has two labels";
            return Err(Fault::new(DocumentErrorKind::Syntax, path, message));
        }
    }
    let mut ciphers = BTreeSet::new();
    if let Some(wrap) = &mut domain.key_wrap {
        if wrap.ciphers.iter().any(|cipher| !ciphers.insert(cipher.name.as_str())) {
            let message = "a kind of keys is there twice";
            return Err(Fault::new(DocumentErrorKind::Malformed, "keywrap", message));
        }
        wrap.ciphers.sort_by_key(|cipher| cipher.name.as_str());
    }
    Ok(())
}

fn complete_label(label: &mut SecurityLabel, path: &str) -> Result<(), Fault> {
    let refuse = |message: &str| Err(Fault::new(DocumentErrorKind::Unsupported, path, message));
    label.image_label = None;
    match label.label_type {
        Some(SecurityLabelType::Static) => {
            if label.label.is_none() {
                let message = "the label is missing";
                return Err(Fault::new(DocumentErrorKind::Invalid, path, message));
            }
            label.relabel.get_or_insert(YesNo::No);
            label.base_label = None;
        }
        Some(SecurityLabelType::Dynamic) => {
            if label.relabel == Some(YesNo::No) {
                return refuse("a label that the driver makes is for resources too");
            }
            label.relabel = Some(YesNo::Yes);
            label.label = None;
        }
        Some(SecurityLabelType::None) => {
            if label.relabel == Some(YesNo::Yes) {
                return refuse("resources get no label where there is none");
            }
            (label.relabel, label.label, label.base_label) = (None, None, None);
        }
        None => {}
    }
    Ok(())
}
