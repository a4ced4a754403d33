//! Documents laid out as libvirt writes them: its order, two spaces a level, values in `'`. Nothing is lost.

use super::shape::Shape;
use crate::xml::{Attribute, Document, Element, Node};

/// The document in libvirt's order and form. What the type does not know stays behind the element that it follows, comments stay
/// before the element that they precede, and texts are kept byte for byte.
///
/// ```
/// use omnivirt_model::document::{Shape, lay_out};
/// use omnivirt_model::domain::Snapshot;
/// use omnivirt_model::xml::Document;
///
/// let document = Document::parse("<domainsnapshot><description>d</description>
/// <!-- mine --><name>a</name></domainsnapshot>")?;
/// assert_eq!(
///     lay_out(&document, &Shape::of::<Snapshot>()),
///     "<domainsnapshot>\n  <!-- mine -->\n  <name>a</name>\n  <description>d</description>\n</domainsnapshot>\n",
/// );
/// # Ok::<(), omnivirt_model::xml::XmlError>(())
/// ```
#[must_use]
pub fn lay_out(document: &Document, shape: &Shape) -> String {
    let (text, root) = (document.as_str(), document.root());
    let mut out = String::with_capacity(text.len());
    push_around(&mut out, &text[..root.range().start]);
    push_element(&mut out, root, Some(shape), 0);
    out.push('\n');
    push_around(&mut out, &text[root.range().end..]);
    out
}

/// What stands before or behind the first element.
fn push_around(out: &mut String, text: &str) {
    let text = text.trim();
    if !text.is_empty() {
        out.push_str(text);
        out.push('\n');
    }
}

fn push_element(out: &mut String, element: Element<'_>, shape: Option<&Shape>, level: usize) {
    if shape.is_some_and(Shape::takes_all) {
        out.push_str(element.source());
        return;
    }
    let here = shape.map(|shape| shape.here(element));
    let here = here.as_deref();
    out.push('<');
    out.push_str(element.name());
    push_attributes(out, element, here);
    let has_elements = element.children().next().is_some();
    let has_text = element.nodes().any(|node| match node {
        Node::Text(text) => !text.trim().is_empty(),
        Node::CharacterData(_) => true,
        _ => false,
    });
    let has_items =
        has_elements || element.nodes().any(|node| matches!(node, Node::Comment(_) | Node::Instruction(_)));
    let is_blank = element.content().is_empty() || here.is_some_and(Shape::has_children);
    if !has_items && !has_text && is_blank {
        out.push_str("/>");
        return;
    }
    out.push('>');
    if has_text || !has_items {
        out.push_str(element.content());
    } else {
        push_items(out, element, here, level + 1);
        push_line(out, level);
    }
    out.push_str("</");
    out.push_str(element.name());
    out.push('>');
}

fn push_line(out: &mut String, level: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", level));
}

/// Known ones in their order, then the others in that of the document.
fn push_attributes(out: &mut String, element: Element<'_>, shape: Option<&Shape>) {
    let rank = |attribute: &Attribute<'_>| {
        shape.and_then(|shape| shape.attribute_rank(attribute.name())).unwrap_or(usize::MAX)
    };
    let mut attributes: Vec<Attribute<'_>> = element.attributes().collect();
    attributes.sort_by_key(rank);
    for attribute in attributes {
        out.push(' ');
        out.push_str(attribute.name());
        out.push_str("='");
        out.push_str(&attribute.source().replace('\'', "&apos;"));
        out.push('\'');
    }
}

/// An element, and the comments and instructions that go with it.
struct Item<'d> {
    rank: usize,
    before: Vec<String>,
    element: Element<'d>,
    /// On the line on which the element ends.
    behind: Vec<String>,
}

fn push_items(out: &mut String, parent: Element<'_>, shape: Option<&Shape>, level: usize) {
    let (mut items, mut waiting) = (Vec::<Item<'_>>::new(), Vec::new());
    let mut is_same_line = false;
    for node in parent.nodes() {
        let aside = match node {
            Node::Text(text) => {
                is_same_line &= !text.contains('\n');
                continue;
            }
            Node::Element(element) => {
                // What is not known stays behind what it follows.
                let known = shape.and_then(|shape| shape.child_rank(element));
                let rank = known.unwrap_or_else(|| items.last().map_or(0, |item| item.rank));
                items.push(Item { rank, before: std::mem::take(&mut waiting), element, behind: Vec::new() });
                is_same_line = true;
                continue;
            }
            Node::Comment(text) => format!("<!--{text}-->"),
            Node::Instruction(text) => format!("<?{text}?>"),
            Node::CharacterData(text) => format!("<![CDATA[{text}]]>"),
        };
        match items.last_mut() {
            Some(item) if is_same_line => item.behind.push(aside),
            _ => waiting.push(aside),
        }
    }
    items.sort_by_key(|item| item.rank);
    for Item { before, element, behind, .. } in items {
        for aside in before {
            push_line(out, level);
            out.push_str(&aside);
        }
        push_line(out, level);
        let within = shape.and_then(|shape| shape.within(element));
        push_element(out, element, within.as_ref(), level);
        for aside in behind {
            out.push(' ');
            out.push_str(&aside);
        }
    }
    for aside in waiting {
        push_line(out, level);
        out.push_str(&aside);
    }
}
