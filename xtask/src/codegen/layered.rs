//! The wrapper that puts a layer around every call of a driver: `core/src/generated/layered.rs`.

use super::GeneratedFile;
use super::description::Description;
use super::families::{Signature, carried_object};
use crate::TaskResult;
use quote::quote;

pub(crate) fn generate(description: &Description) -> TaskResult<GeneratedFile> {
    let mut families = Vec::new();
    for family in &description.families {
        let (family_name, accessor) = (&family.name, &family.accessor);
        let mut methods = Vec::new();
        for call in &family.calls {
            let signature = Signature::of(call, description)?;
            let name = &call.name;
            let arguments = signature.driver_arguments(call);
            let output = signature.driver_output();
            let object = carried_object(call).map(|_| &call.on_name);
            let subject = object.map_or_else(|| quote!(None), |object| quote!(Some(#object)));
            let passed = object.into_iter().chain(&signature.names);
            methods.push(quote! {
                fn #name<'a>(&'a self, cx: &'a CallCx, #arguments) -> CallFuture<'a, #output> {
                    self.layer.around(cx, #subject, self.inner.#accessor().#name(cx, #(#passed),*))
                }
            });
        }
        families.push(quote! {
            impl<L: Layer> #family_name for Layered<L> {
                fn claims(&self) -> &'static [&'static str] {
                    self.inner.#accessor().claims()
                }
                #(#methods)*
            }
        });
    }
    let names = description.families.iter().map(|family| &family.name);
    let accessors = description.families.iter().map(|family| &family.accessor);
    let items = quote! {
        // A call that the wrapper forgot would fall through to the stub instead of the driver.
        #![deny(clippy::missing_trait_methods)]

        use super::prelude::*;
        use super::*;
        use crate::layer::{Layer, Layered};

        impl<L: Layer> Families for Layered<L> {
            #(fn #accessors(&self) -> &dyn #names { self })*
        }

        #(#families)*
    };
    GeneratedFile::rust(
        "core/src/generated/layered.rs",
        "api/",
        "A layer around every call of a driver.",
        &items,
    )
}
