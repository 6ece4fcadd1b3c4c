//! Counts over a parsed document. Every fragment is measured once, however often it is spread, so that the work is
//! linear in the document's text.

use std::collections::HashMap;

use async_graphql::parser::Positioned;
use async_graphql::parser::types::{
    BaseType, Directive, ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet, Type,
};
use async_graphql::{Name, Number, Value, Variables};

use super::Refusal;
use super::introspection::{self, Introspection};

/// The size of a page for which none is named.
const DEFAULT_PAGE: u64 = 20;

/// What reading one stored file costs, in objects: some twenty milliseconds of a processor.
const A_FILE: u64 = 20;

/// The arguments of the type Int. The library looks at their numbers where they are executed, and at none that are not;
/// the language has them refused before.
pub(super) const WHOLE: [&str; 4] = ["first", "last", "expiresInS", "points"];

/// What stands in the document as it is written.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Places {
    pub aliases: usize,
    pub directives: usize,
    pub directives_a_place: usize,
    pub variables: usize,
}

impl Places {
    fn directives(&mut self, directives: &[Positioned<Directive>]) {
        self.directives += directives.len();
        self.directives_a_place = self.directives_a_place.max(directives.len());
    }

    fn selections(&mut self, set: &SelectionSet) {
        for selection in &set.items {
            self.directives(selection.node.directives());
            match &selection.node {
                Selection::Field(field) => {
                    self.aliases += usize::from(field.node.alias.is_some());
                    self.selections(&field.node.selection_set.node);
                }
                Selection::InlineFragment(fragment) => self.selections(&fragment.node.selection_set.node),
                Selection::FragmentSpread(_) => {}
            }
        }
    }
}

/// Counts what is written. Recursion is bounded by the nesting of the text.
pub(super) fn places(document: &ExecutableDocument) -> Places {
    let mut found = Places::default();
    for (_, operation) in document.operations.iter() {
        found.variables = found.variables.max(operation.node.variable_definitions.len());
        found.directives(&operation.node.directives);
        for variable in &operation.node.variable_definitions {
            found.directives(&variable.node.directives);
        }
        found.selections(&operation.node.selection_set.node);
    }
    for fragment in document.fragments.values() {
        found.directives(&fragment.node.directives);
        found.selections(&fragment.node.selection_set.node);
    }
    found
}

/// What an operation costs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cost {
    pub root_fields: u64,
    pub depth: usize,
    pub levels: usize,
    pub fields: usize,
    pub objects: u64,
    pub introspection: Introspection,
}

/// What a selection set costs wherever it stands, fragments written out.
#[derive(Debug, Clone, Copy, Default)]
struct Measure {
    /// Fields in the set itself.
    width: u64,
    /// Fields nested in each other.
    depth: usize,
    /// Selection sets nested in each other, those of fragments included.
    levels: usize,
    /// All fields, each as often as it would be written.
    fields: usize,
    /// Objects, whatever the size of the page around.
    objects: u64,
    /// Objects for each item of the page around.
    an_item: u64,
    introspection: Introspection,
}

impl Measure {
    fn beside(&mut self, other: &Self) {
        self.width = self.width.saturating_add(other.width);
        self.depth = self.depth.max(other.depth);
        self.levels = self.levels.max(other.levels);
        self.fields = self.fields.saturating_add(other.fields);
        self.objects = self.objects.saturating_add(other.objects);
        self.an_item = self.an_item.saturating_add(other.an_item);
        self.introspection.beside(&other.introspection);
    }

    const fn deeper(mut self) -> Self {
        self.levels = self.levels.saturating_add(1);
        self
    }
}

/// What each variable can mean as a size: a whole number, or the length of a list.
fn sizes(operation: &OperationDefinition, variables: &Variables) -> HashMap<Name, u64> {
    let mut sizes = HashMap::new();
    for definition in &operation.variable_definitions {
        let name = &definition.node.name.node;
        let default = definition.node.default_value.as_ref().map(|value| &value.node);
        if let Some(size) = variables.get(name).or(default).and_then(size) {
            sizes.insert(name.clone(), size);
        }
    }
    sizes
}

fn size(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::List(items) => u64::try_from(items.len()).ok(),
        _ => None,
    }
}

/// The numbers of an operation's variables are such as their type has.
fn whole_variables(operation: &OperationDefinition, variables: &Variables) -> Result<(), Refusal> {
    let is_int = |ty: &Type| matches!(&ty.base, BaseType::Named(name) if name == "Int");
    for definition in operation.variable_definitions.iter().filter(|one| is_int(&one.node.var_type.node)) {
        let name = &definition.node.name.node;
        let default = definition.node.default_value.as_ref().map(|value| &value.node);
        if let Some(Value::Number(number)) = variables.get(name).or(default) {
            int(&format!("${name}"), number)?;
        }
    }
    Ok(())
}

/// So are those that a field's arguments are given as they are written.
fn whole_arguments(field: &Field) -> Result<(), Refusal> {
    for (name, value) in &field.arguments {
        let is_whole = WHOLE.contains(&name.node.as_str());
        if let Some(Value::Number(number)) = is_whole.then(|| value.node.clone().into_const()).flatten() {
            int(&name.node, &number)?;
        }
    }
    Ok(())
}

/// Whether a number is of the type Int. What is no whole number is the validation's to report.
fn int(what: &str, number: &Number) -> Result<(), Refusal> {
    if number.is_f64() || number.as_i64().is_some_and(|whole| i32::try_from(whole).is_ok()) {
        return Ok(());
    }
    Err(Refusal::Wrong(format!("`{what}` is {number}; a number of the type Int has 32 bits.")))
}

/// Measures one operation.
pub(super) fn operation(
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: &Variables,
    page_size: u32,
) -> Result<Cost, Refusal> {
    whole_variables(operation, variables)?;
    let mut walk =
        Walk { document, sizes: sizes(operation, variables), page_size: page_size.into(), fragments: HashMap::new() };
    let measure = walk.set(&operation.selection_set.node)?;
    Ok(Cost {
        root_fields: measure.width,
        depth: measure.depth,
        levels: measure.levels,
        fields: measure.fields,
        // `nodes(ids)` at the root is a page whose size is the number of its ids.
        objects: measure.objects.saturating_add(measure.an_item),
        introspection: measure.introspection,
    })
}

struct Walk<'a> {
    document: &'a ExecutableDocument,
    sizes: HashMap<Name, u64>,
    page_size: u64,
    /// Nothing while a fragment is being measured: meeting it again then is a circle.
    fragments: HashMap<Name, Option<Measure>>,
}

impl<'a> Walk<'a> {
    fn set(&mut self, set: &'a SelectionSet) -> Result<Measure, Refusal> {
        let mut sum = Measure::default();
        for selection in &set.items {
            let measure = match &selection.node {
                Selection::Field(field) => self.field(&field.node)?,
                Selection::InlineFragment(fragment) => self.set(&fragment.node.selection_set.node)?.deeper(),
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node)?.deeper(),
            };
            sum.beside(&measure);
        }
        Ok(sum)
    }

    fn fragment(&mut self, name: &Name) -> Result<Measure, Refusal> {
        match self.fragments.get(name) {
            Some(Some(measure)) => return Ok(*measure),
            Some(None) => return Err(Refusal::Wrong(format!("The fragment {name} spreads itself."))),
            None => {}
        }
        // A fragment that is not there is the validation's to report.
        let Some(fragment) = self.document.fragments.get(name) else { return Ok(Measure::default()) };
        self.fragments.insert(name.clone(), None);
        let measure = self.set(&fragment.node.selection_set.node)?;
        self.fragments.insert(name.clone(), Some(measure));
        Ok(measure)
    }

    fn field(&mut self, field: &'a Field) -> Result<Measure, Refusal> {
        whole_arguments(field)?;
        let inner = self.set(&field.selection_set.node)?;
        let name = field.name.node.as_str();
        let is_object = !field.selection_set.node.items.is_empty();
        let introspection = inner.introspection.within(name);
        if introspection::is_root(name) {
            // Its cost is bounded for itself: the usual query of an editor is deeper than any of ours need be.
            return Ok(Measure { width: 1, introspection, ..Measure::default() });
        }
        let mut measure = Measure {
            width: 1,
            depth: inner.depth.saturating_add(1),
            levels: inner.levels.saturating_add(usize::from(is_object)),
            fields: inner.fields.saturating_add(1),
            introspection,
            ..Measure::default()
        };
        let own = inner.objects.saturating_add(inner.an_item.saturating_mul(self.page(field)));
        match name {
            // A page's items: as many as the field around it was asked for.
            "nodes" | "edges" if field.arguments.is_empty() => measure.an_item = own.saturating_add(1),
            "nodes" => {
                let ids = self.argument(field, "ids").unwrap_or(1);
                measure.objects = own.saturating_add(1).saturating_mul(ids);
            }
            // A list with a size of its own, and no connection.
            "refusals" | "examples" => measure.objects = own.saturating_add(1).saturating_mul(self.page(field)),
            // A file or document is read for it.
            "laps" | "streams" => measure.objects = own.saturating_add(A_FILE),
            _ if is_object => measure.objects = own.saturating_add(1),
            _ => {}
        }
        Ok(measure)
    }

    /// How many items a page holds. What is no valid size is refused later, and costs no more than the largest.
    fn page(&self, field: &Field) -> u64 {
        ["first", "last"]
            .into_iter()
            .find_map(|argument| self.argument(field, argument))
            .unwrap_or(DEFAULT_PAGE)
            .min(self.page_size)
    }

    /// An argument as a size.
    fn argument(&self, field: &Field, name: &str) -> Option<u64> {
        let value = field.get_argument(name)?.node.clone();
        let plain =
            value.into_const_with::<()>(|name| Ok(self.sizes.get(&name).copied().map_or(Value::Null, Value::from)));
        size(&plain.ok()?)
    }
}
