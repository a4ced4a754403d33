//! `#[mapped]`: one declaration of a type from which it is read from XML, written to XML, described and generated.

mod choice;
mod expand;
mod field;
mod variants;

use proc_macro::TokenStream;
use syn::{Item, parse_macro_input, spanned::Spanned};

/// Maps a struct or an enum of `omnivirt-model` to an XML element.
///
/// ```text
/// /// A disk.
/// #[mapped]
/// #[order("driver", "source", "target")]
/// pub struct Disk {
///     /// What the source is.
///     #[attribute("type")]
///     pub source_type: Option<DiskType>,
///     /// How the disk is presented.
///     #[element("driver")]
///     pub driver: Option<DiskDriver>,
///     /// Whether the guest may only read it.
///     #[flag("readonly")]
///     pub is_read_only: bool,
/// }
/// ```
///
/// Each field says where it stands:
///
/// * `#[attribute("a")]`: an attribute;
/// * `#[element("e")]`: the child elements of that name: one for `T`, at most one for `Option<T>`, all for `Vec<T>`.
///   `Option<Box<T>>` is for a type that holds itself. `"qemu:e"` means an element of the namespace that the struct
///   declares with `#[namespace("qemu", "http://…")]`;
/// * `#[list("es", "e")]`: the `<e>` in every `<es>`;
/// * `#[flag("e")]`: a `bool`, whether there is an `<e>`;
/// * `#[choice]`: children of several names, of which an enum with `#[mapped(by_name)]` knows: at most one for `Option<T>`,
///   all in their order for `Vec<T>`;
/// * `#[text]`: the element's own text;
/// * `#[flatten]`: a mapped type that reads and writes the same element; an `Option` of a mapped enum is there where the
///   attribute is that says which sort it is.
///
/// Behind the name can stand `error = Kind`, the `DocumentErrorKind` of a value that cannot be read; `missing = Kind`, that of
/// one that must be there and is not; `once = Kind`, that of a second element where one is meant, which else
/// counts for nothing; `lenient`: a value that cannot be read counts as absent, as libvirt has it; and
/// `default`: where there is none, the field has the type's default, and a default is not written. `empty`: an attribute
/// without a text counts as absent; `kept`: it counts as there.
///
/// Elements are written in the order of the fields. `#[order(…)]` names the children where types that this one does not
/// know stand among them. `#[mapped(omit_empty)]` says that an element in which nothing is known means the same as none.
/// `#[mapped(collected)]` says that of several elements where one is meant, each adds what those before it do not have, as libvirt
/// has it where it looks for `./clock/timer`.
///
/// An enum is for an element of which an attribute says which sort it is; each variant holds a mapped struct, which reads
/// and writes the same element, or nothing. `#[default]` marks the one that is meant where the attribute is absent. With
/// `lenient` an element of a sort that is not known counts as absent, and so does one of no sort unless `missing` is there:
///
/// With `default` the word for the default is not written to a new element.
///
/// ```text
/// #[mapped(tag = "type", error = Unsupported, missing = Malformed)]
/// pub enum Address {
///     /// …
///     #[value("pci")]
///     Pci(PciAddress),
///     /// …
///     #[value("unassigned")]
///     Unassigned,
/// }
/// ```
///
/// With `#[mapped(by_name)]` it is the name of the element that says which sort it is; the values are those names.
///
/// The type gets `Debug`, `Clone`, `PartialEq`, the JSON traits where the feature `json` is on, `new` with the fields that
/// must be there where there are such, and `Default` unless one of those is of another type than a text or a number.
#[proc_macro_attribute]
pub fn mapped(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let expanded = match parse_macro_input!(item as Item) {
        Item::Struct(item) => expand::expand(arguments.into(), item),
        Item::Enum(item) if arguments.to_string() == "by_name" => choice::expand(item),
        Item::Enum(item) => variants::expand(arguments.into(), item),
        item => Err(syn::Error::new(item.span(), "a mapped type is a struct or an enum")),
    };
    expanded.unwrap_or_else(|error| error.to_compile_error()).into()
}
