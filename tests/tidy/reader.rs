//! Reads one source file into plain lists: what it names, imports, declares and uses. It judges nothing.

use proc_macro2::{TokenStream, TokenTree};
use std::collections::BTreeSet;
use std::path::Path;
use syn::visit::{self, Visit};
use syn::{
    Attribute, Block, Field, Ident, ImplItem, Item, ItemUse, Meta, Signature, Type, UseTree, Visibility,
};

/// A path of modules and items, `crate` left out where it was resolved.
pub type Names = Vec<String>;

/// One file.
#[derive(Default)]
pub struct Source {
    /// Below the package: `src/model/mod.rs`.
    pub file: String,
    pub text: String,
    /// The whole file is compiled for tests only.
    pub is_test: bool,
    pub has_unsafe: bool,
    pub module: Names,
    /// Modules below this one, and whether they are for tests only.
    pub modules: Vec<(Names, bool)>,
    pub paths: Vec<Named>,
    pub imports: Vec<Import>,
    pub functions: Vec<Function>,
    pub declared: Vec<Declared>,
    /// Words that may mean something declared elsewhere.
    pub uses: BTreeSet<Use>,
}

/// A path as it is written.
pub struct Named {
    /// Where it stands.
    pub module: Names,
    pub path: Names,
    pub line: usize,
    pub in_test: bool,
    /// It ends in `::*`.
    pub is_glob: bool,
}

/// What `use path as name` makes of a name within a module.
pub struct Import {
    pub module: Names,
    pub name: String,
    pub path: Names,
}

/// A function with a body.
pub struct Function {
    pub name: String,
    pub line: usize,
    pub lines: usize,
}

/// A name that somebody should use.
pub struct Declared {
    pub what: &'static str,
    pub name: String,
    pub line: usize,
    pub in_test: bool,
    /// Only behind a dot or a double colon can it be meant.
    pub is_member: bool,
}

/// A word in use.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    pub word: String,
    /// It follows a dot or a double colon.
    pub is_member: bool,
    pub in_test: bool,
}

impl Source {
    /// It is part of the product.
    pub fn is_code(&self) -> bool {
        self.file.starts_with("src/") && !self.is_test
    }

    /// Reads the text of a file of this package.
    pub fn read(file: &str, text: &str) -> Source {
        let tokens: TokenStream = text.parse().unwrap_or_else(|e| panic!("{file}: {e}"));
        let has_unsafe = says_unsafe(&tokens);
        let tree: syn::File = syn::parse2(tokens).unwrap_or_else(|e| panic!("{file}: {e}"));
        let module = module_of(Path::new(file));
        let source = Source {
            file: file.to_owned(),
            text: text.to_owned(),
            is_test: file.starts_with("tests/"),
            has_unsafe,
            module: module.clone(),
            ..Source::default()
        };
        let (in_test, owners) = (source.is_test, Vec::new());
        let mut reader = Reader { source, module, in_test, owners, is_deserialized: false };
        reader.visit_file(&tree);
        reader.source
    }
}

/// The module that a file is: `src/a/mod.rs` and `src/a.rs` are `a`, `src/lib.rs` is the crate itself.
fn module_of(file: &Path) -> Names {
    let parts = file.with_extension("");
    let mut names: Names = parts.iter().skip(1).map(|part| part.to_string_lossy().into_owned()).collect();
    if names.last().is_some_and(|last| last == "mod") || names == ["lib"] {
        names.pop();
    }
    names
}

fn says_unsafe(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Group(group) => says_unsafe(&group.stream()),
        TokenTree::Ident(word) => word == "unsafe",
        _ => false,
    })
}

pub(super) struct Reader {
    source: Source,
    module: Names,
    in_test: bool,
    /// What is being read, and whether it is a member: a name within its own declaration is nobody's use of it.
    owners: Vec<(String, bool)>,
    /// Values of the enum being read are written in scenarios or baselines, not in code.
    is_deserialized: bool,
}

impl Reader {
    fn declare(&mut self, what: &'static str, ident: &Ident, is_member: bool) {
        let (name, line, in_test) = (ident.to_string(), ident.span().start().line, self.in_test);
        if !name.starts_with('_') {
            self.source.declared.push(Declared { what, name, line, in_test, is_member });
        }
    }

    /// Reads what belongs to a declaration of this name.
    fn within(&mut self, name: Option<&Ident>, is_member: bool, read: impl FnOnce(&mut Self)) {
        let depth = self.owners.len();
        self.owners.extend(name.map(|name| (name.to_string(), is_member)));
        read(self);
        self.owners.truncate(depth);
    }

    fn item(&mut self, what: &'static str, ident: &Ident, read: impl FnOnce(&mut Self)) {
        self.declare(what, ident, false);
        self.within(Some(ident), false, read);
    }

    fn member(&mut self, what: &'static str, ident: &Ident, read: impl FnOnce(&mut Self)) {
        self.declare(what, ident, true);
        self.within(Some(ident), true, read);
    }

    fn function(&mut self, sig: &Signature, block: &Block) {
        let line = sig.ident.span().start().line;
        let lines = block.brace_token.span.close().end().line + 1 - line;
        self.source.functions.push(Function { name: sig.ident.to_string(), line, lines });
    }

    pub(super) fn use_word(&mut self, word: &str, is_member: bool) {
        if !self.owners.iter().any(|(owner, as_member)| owner == word && *as_member == is_member) {
            self.source.uses.insert(Use { word: word.to_owned(), is_member, in_test: self.in_test });
        }
    }

    pub(super) fn name(&mut self, path: Names, line: usize, is_glob: bool) {
        let (module, in_test) = (self.module.clone(), self.in_test);
        self.source.paths.push(Named { module, path, line, in_test, is_glob });
    }

    /// Runs with the attributes of an item in view: what is compiled for tests alone is marked.
    fn under(&mut self, attributes: &[Attribute], read: impl FnOnce(&mut Self)) {
        let before = self.in_test;
        self.in_test |= attributes.iter().any(is_for_tests);
        read(self);
        self.in_test = before;
    }

    fn import(&mut self, prefix: &mut Names, tree: &UseTree, is_public: bool) {
        let (last, alias) = match tree {
            UseTree::Path(path) => {
                prefix.push(path.ident.to_string());
                self.import(prefix, &path.tree, is_public);
                prefix.pop();
                return;
            }
            UseTree::Group(group) => {
                group.items.iter().for_each(|item| self.import(prefix, item, is_public));
                return;
            }
            UseTree::Glob(glob) => return self.name(prefix.clone(), glob.star_token.span.start().line, true),
            UseTree::Name(leaf) => (&leaf.ident, &leaf.ident),
            UseTree::Rename(leaf) => (&leaf.ident, &leaf.rename),
        };
        let mut path = prefix.clone();
        let mut alias = alias.to_string();
        if last == "self" && !path.is_empty() {
            if alias == "self" {
                alias.clone_from(&path[path.len() - 1]);
            }
        } else {
            path.push(last.to_string());
        }
        // Whoever hands a name on has no use for it yet.
        if !is_public {
            path.iter().for_each(|word| self.use_word(word, true));
            self.use_word(&path[path.len() - 1], false);
        }
        self.source.imports.push(Import { module: self.module.clone(), name: alias, path: path.clone() });
        self.name(path, last.span().start().line, false);
    }

    /// It declares nothing: whoever uses it does so through the trait.
    fn asked_for_by_a_trait(&mut self, item: &ImplItem) {
        match item {
            ImplItem::Fn(item) => {
                self.function(&item.sig, &item.block);
                let name = Some(&item.sig.ident);
                self.within(name, true, |reader| visit::visit_impl_item_fn(reader, item));
            }
            ImplItem::Const(item) => {
                self.within(Some(&item.ident), true, |reader| visit::visit_impl_item_const(reader, item));
            }
            item => visit::visit_impl_item(self, item),
        }
    }
}

impl Visit<'_> for Reader {
    fn visit_visibility(&mut self, _: &Visibility) {}

    fn visit_attribute(&mut self, attribute: &Attribute) {
        match &attribute.meta {
            Meta::NameValue(pair) if !pair.path.is_ident("doc") => visit::visit_meta_name_value(self, pair),
            Meta::List(list) => self.tokens(&[], list.tokens.clone(), true),
            _ => {}
        }
    }

    fn visit_ident(&mut self, ident: &Ident) {
        self.use_word(&ident.to_string(), false);
    }

    fn visit_member(&mut self, member: &syn::Member) {
        if let syn::Member::Named(name) = member {
            self.use_word(&name.to_string(), true);
        }
    }

    fn visit_expr_method_call(&mut self, call: &syn::ExprMethodCall) {
        self.visit_expr(&call.receiver);
        self.use_word(&call.method.to_string(), true);
        call.turbofish.iter().for_each(|types| self.visit_angle_bracketed_generic_arguments(types));
        call.args.iter().for_each(|arg| self.visit_expr(arg));
    }

    fn visit_path(&mut self, path: &syn::Path) {
        let names: Names = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        for (at, segment) in path.segments.iter().enumerate() {
            self.use_word(&names[at], at > 0 || path.leading_colon.is_some());
            self.visit_path_arguments(&segment.arguments);
        }
        if let Some(first) = path.segments.first()
            && names.len() > 1
        {
            self.name(names, first.ident.span().start().line, false);
        }
    }

    fn visit_macro(&mut self, call: &syn::Macro) {
        let path: Names = call.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        let line = call.bang_token.span.start().line;
        self.visit_path(&call.path);
        if let [name] = &path[..] {
            self.name(vec![format!("{name}!")], line, false);
        }
        self.tokens(&[], call.tokens.clone(), false);
    }

    fn visit_item(&mut self, item: &Item) {
        self.under(attributes_of(item), |reader| visit::visit_item(reader, item));
    }

    fn visit_impl_item(&mut self, item: &ImplItem) {
        let attributes = match item {
            ImplItem::Fn(item) => &item.attrs[..],
            ImplItem::Const(item) => &item.attrs,
            _ => &[],
        };
        self.under(attributes, |reader| visit::visit_impl_item(reader, item));
    }

    fn visit_item_mod(&mut self, item: &syn::ItemMod) {
        self.module.push(item.ident.to_string());
        self.source.modules.push((self.module.clone(), self.in_test));
        if let Some((_, items)) = &item.content {
            items.iter().for_each(|item| self.visit_item(item));
        }
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &ItemUse) {
        let is_public = !matches!(item.vis, Visibility::Inherited);
        self.import(&mut Names::new(), &item.tree, is_public);
    }

    fn visit_item_fn(&mut self, item: &syn::ItemFn) {
        self.function(&item.sig, &item.block);
        self.item("fn", &item.sig.ident, |reader| visit::visit_item_fn(reader, item));
    }

    fn visit_item_impl(&mut self, item: &syn::ItemImpl) {
        let name = match &*item.self_ty {
            Type::Path(path) => path.path.segments.last().map(|segment| &segment.ident),
            _ => None,
        };
        self.within(name, false, |reader| {
            if item.trait_.is_none() {
                return visit::visit_item_impl(reader, item);
            }
            visit::visit_generics(reader, &item.generics);
            item.trait_.iter().for_each(|(path, _)| reader.visit_path(path));
            reader.visit_type(&item.self_ty);
            item.items.iter().for_each(|item| reader.asked_for_by_a_trait(item));
        });
    }

    fn visit_impl_item_fn(&mut self, item: &syn::ImplItemFn) {
        self.function(&item.sig, &item.block);
        self.member("method", &item.sig.ident, |reader| visit::visit_impl_item_fn(reader, item));
    }

    fn visit_trait_item_fn(&mut self, item: &syn::TraitItemFn) {
        item.default.iter().for_each(|block| self.function(&item.sig, block));
        self.member("method", &item.sig.ident, |reader| visit::visit_trait_item_fn(reader, item));
    }

    fn visit_impl_item_const(&mut self, item: &syn::ImplItemConst) {
        self.member("const", &item.ident, |reader| visit::visit_impl_item_const(reader, item));
    }

    fn visit_trait_item_const(&mut self, item: &syn::TraitItemConst) {
        self.member("const", &item.ident, |reader| visit::visit_trait_item_const(reader, item));
    }

    fn visit_item_struct(&mut self, item: &syn::ItemStruct) {
        self.item("struct", &item.ident, |reader| visit::visit_item_struct(reader, item));
    }

    fn visit_item_enum(&mut self, item: &syn::ItemEnum) {
        self.is_deserialized = item.attrs.iter().any(is_deserialized);
        self.item("enum", &item.ident, |reader| visit::visit_item_enum(reader, item));
    }

    fn visit_item_trait(&mut self, item: &syn::ItemTrait) {
        self.item("trait", &item.ident, |reader| visit::visit_item_trait(reader, item));
    }

    fn visit_item_const(&mut self, item: &syn::ItemConst) {
        self.item("const", &item.ident, |reader| visit::visit_item_const(reader, item));
    }

    fn visit_item_static(&mut self, item: &syn::ItemStatic) {
        self.item("static", &item.ident, |reader| visit::visit_item_static(reader, item));
    }

    fn visit_item_type(&mut self, item: &syn::ItemType) {
        self.item("type", &item.ident, |reader| visit::visit_item_type(reader, item));
    }

    fn visit_variant(&mut self, variant: &syn::Variant) {
        if !self.is_deserialized {
            self.declare("variant", &variant.ident, false);
        }
        variant.attrs.iter().for_each(|attribute| self.visit_attribute(attribute));
        self.visit_fields(&variant.fields);
        variant.discriminant.iter().for_each(|(_, value)| self.visit_expr(value));
    }

    fn visit_field(&mut self, field: &Field) {
        field.ident.iter().for_each(|name| self.declare("field", name, false));
        field.attrs.iter().for_each(|attribute| self.visit_attribute(attribute));
        self.visit_type(&field.ty);
    }
}

/// `#[cfg(test)]`.
fn is_for_tests(attribute: &Attribute) -> bool {
    matches!(&attribute.meta, Meta::List(list) if list.path.is_ident("cfg") && list.tokens.to_string() == "test")
}

/// `#[derive(Deserialize)]`.
fn is_deserialized(attribute: &Attribute) -> bool {
    let derived = |list: &syn::MetaList| list.tokens.to_string().contains("Deserialize");
    matches!(&attribute.meta, Meta::List(list) if list.path.is_ident("derive") && derived(list))
}

fn attributes_of(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
