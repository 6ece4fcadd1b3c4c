//! The last step of execution as the specification has it (§6.4.3 and §6.4.4): fields in the order in which they were
//! asked for, and an error under a non-null field nulls the nearest nullable parent. The library leaves both out: it
//! answers fields in the order in which they were ready, and drops a failed field from its object.

use std::collections::HashMap;
use std::sync::LazyLock;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::Positioned;
use async_graphql::parser::types::{
    BaseType, ExecutableDocument, FieldDefinition, OperationDefinition, OperationType, Selection, SelectionSet, Type,
    TypeKind, TypeSystemDefinition,
};
use async_graphql::{Name, PathSegment, ServerError, Value};

/// The type of every field of every object, read from the schema's own text.
static TYPES: LazyLock<HashMap<Name, HashMap<Name, Type>>> = LazyLock::new(|| types(&super::sdl()));

fn types(sdl: &str) -> HashMap<Name, HashMap<Name, Type>> {
    let fields = |fields: Vec<Positioned<FieldDefinition>>| {
        fields.into_iter().map(|field| (field.node.name.node, field.node.ty.node)).collect()
    };
    let definitions = async_graphql::parser::parse_schema(sdl).map(|schema| schema.definitions).unwrap_or_default();
    definitions
        .into_iter()
        .filter_map(|definition| match definition {
            TypeSystemDefinition::Type(one) => match one.node.kind {
                TypeKind::Object(object) => Some((one.node.name.node, fields(object.fields))),
                TypeKind::Interface(interface) => Some((one.node.name.node, fields(interface.fields))),
                _ => None,
            },
            _ => None,
        })
        .collect()
}

/// What was asked for: the fields of one selection, fragments written out, equal keys merged.
#[derive(Default)]
struct Shape<'a> {
    fields: Vec<Wanted<'a>>,
}

struct Wanted<'a> {
    key: &'a Name,
    /// Nothing for introspection, which is passed on as it is.
    ty: Option<&'static Type>,
    sets: Vec<(&'a str, &'a SelectionSet)>,
    shape: Shape<'a>,
}

impl<'a> Shape<'a> {
    fn of(sets: &[(&'a str, &'a SelectionSet)], document: &'a ExecutableDocument) -> Self {
        let mut shape = Self::default();
        for (parent, set) in sets {
            shape.collect(parent, set, document);
        }
        for wanted in &mut shape.fields {
            wanted.shape = Self::of(&wanted.sets, document);
        }
        shape
    }

    fn collect(&mut self, parent: &'a str, set: &'a SelectionSet, document: &'a ExecutableDocument) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    let key = &field.node.response_key().node;
                    let ty = TYPES.get(parent).and_then(|fields| fields.get(&field.node.name.node));
                    let inner = ty.map(|ty| (named(ty), &field.node.selection_set.node));
                    match self.fields.iter_mut().find(|wanted| wanted.key == key) {
                        Some(wanted) => wanted.sets.extend(inner),
                        None => self.fields.push(Wanted {
                            key,
                            ty,
                            sets: inner.into_iter().collect(),
                            shape: Self::default(),
                        }),
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    let parent = condition.map_or(parent, |condition| condition.node.on.node.as_str());
                    self.collect(parent, &fragment.node.selection_set.node, document);
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                        let parent = fragment.node.type_condition.node.on.node.as_str();
                        self.collect(parent, &fragment.node.selection_set.node, document);
                    }
                }
            }
        }
    }
}

/// The name of a type, lists aside.
fn named(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(inner) => named(inner),
    }
}

/// Where errors happened, and where the walk stands.
struct Walk<'e> {
    errors: &'e [ServerError],
    path: Vec<PathSegment>,
}

impl Walk<'_> {
    /// Whether an error happened here or beneath.
    fn failed(&self) -> bool {
        self.errors.iter().any(|error| error.path.starts_with(&self.path))
    }

    /// The value as it may stand at its place; nothing where the null belongs to the parent.
    fn value(&mut self, value: Value, ty: &Type, shape: &Shape<'_>) -> Option<Value> {
        let completed = match (value, &ty.base) {
            (Value::List(items), BaseType::List(inner)) => self.list(items, inner, shape),
            (Value::Object(fields), BaseType::Named(_)) if !shape.fields.is_empty() => self.object(fields, shape),
            // The library's answer for an object of whose fields none is left.
            (Value::Null, BaseType::Named(_)) if !shape.fields.is_empty() && (!ty.nullable || self.failed()) => {
                self.object(IndexMap::new(), shape)
            }
            (Value::Null, _) => None,
            (value, _) => Some(value),
        };
        match completed {
            None if ty.nullable => Some(Value::Null),
            completed => completed,
        }
    }

    /// An object that has all its fields in their order: nothing in it moves. No error, so nobody asks for the path.
    fn in_place(&mut self, mut fields: IndexMap<Name, Value>, shape: &Shape<'_>) -> Option<Value> {
        for (value, wanted) in fields.values_mut().zip(&shape.fields) {
            if let Some(ty) = wanted.ty {
                *value = self.value(std::mem::take(value), ty, &wanted.shape)?;
            }
        }
        Some(Value::Object(fields))
    }

    fn list(&mut self, items: Vec<Value>, inner: &Type, shape: &Shape<'_>) -> Option<Value> {
        let mut completed = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            self.path.push(PathSegment::Index(index));
            let item = self.value(item, inner, shape);
            self.path.pop();
            completed.push(item?);
        }
        Some(Value::List(completed))
    }

    fn object(&mut self, mut fields: IndexMap<Name, Value>, shape: &Shape<'_>) -> Option<Value> {
        if self.errors.is_empty() && stands(&fields, shape) {
            return self.in_place(fields, shape);
        }
        let mut completed = IndexMap::with_capacity(fields.len());
        for wanted in &shape.fields {
            self.path.push(PathSegment::Field(wanted.key.to_string()));
            let value = match (fields.swap_remove(wanted.key), wanted.ty) {
                (Some(value), Some(ty)) => self.value(value, ty, &wanted.shape).map(Some),
                (Some(value), None) => Some(Some(value)),
                (None, Some(ty)) if self.failed() => ty.nullable.then_some(Some(Value::Null)),
                // Left out by a directive, or of another type than this object's.
                (None, _) => Some(None),
            };
            self.path.pop();
            if let Some(value) = value? {
                completed.insert(wanted.key.clone(), value);
            }
        }
        Some(Value::Object(completed))
    }
}

/// Whether an object has what was asked for, in the order in which it was.
fn stands(fields: &IndexMap<Name, Value>, shape: &Shape<'_>) -> bool {
    fields.len() == shape.fields.len() && fields.keys().zip(&shape.fields).all(|(key, wanted)| key == wanted.key)
}

/// Completes the answer of an operation. Null where an error reaches the root.
pub fn complete(
    data: Value,
    errors: &[ServerError],
    document: &ExecutableDocument,
    operation: &OperationDefinition,
) -> Value {
    let root = match operation.ty {
        OperationType::Query => "Query",
        OperationType::Mutation => "Mutation",
        OperationType::Subscription => "Subscription",
    };
    let shape = Shape::of(&[(root, &operation.selection_set.node)], document);
    let mut walk = Walk { errors, path: Vec::new() };
    match data {
        Value::Object(fields) => walk.object(fields, &shape).unwrap_or_default(),
        Value::Null => walk.object(IndexMap::new(), &shape).unwrap_or_default(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::value;

    use super::*;

    fn completed(query: &str, data: Value, paths: &[&[&str]]) -> String {
        let document = async_graphql::parser::parse_query(query).unwrap();
        let errors: Vec<ServerError> = paths
            .iter()
            .map(|path| {
                let segment = |text: &&str| match text.parse() {
                    Ok(index) => PathSegment::Index(index),
                    Err(_) => PathSegment::Field((*text).to_owned()),
                };
                let mut error = ServerError::new("x", None);
                error.path = path.iter().map(segment).collect();
                error
            })
            .collect();
        let (_, operation) = document.operations.iter().next().unwrap();
        serde_json::to_string(&complete(data, &errors, &document, &operation.node)).unwrap()
    }

    #[test]
    fn fields_stand_in_the_order_in_which_they_were_asked_for() {
        let query = "{ a: activity(id: 1) { name ...F id } } fragment F on Activity { status ... on Node { id } }";
        let data = value!({ "a": { "id": "x", "status": "MATCHED", "name": null } });
        assert_eq!(completed(query, data, &[]), r#"{"a":{"name":null,"status":"MATCHED","id":"x"}}"#);
    }

    #[test]
    fn an_error_nulls_the_nearest_nullable_parent() {
        // A nullable field that failed was dropped by the library.
        let query = "{ activity(id: 1) { id parent { id } } policy { version } }";
        let data = || value!({ "activity": { "id": "x" }, "policy": { "version": "1" } });
        let whole = completed(query, data(), &[&["activity", "parent"]]);
        assert_eq!(whole, r#"{"activity":{"id":"x","parent":null},"policy":{"version":"1"}}"#);
        // A non-null one takes its object with it.
        let query = "{ activity(id: 1) { id athlete { id } } policy { version } }";
        assert_eq!(
            completed(query, data(), &[&["activity", "athlete"]]),
            r#"{"activity":null,"policy":{"version":"1"}}"#
        );
        // A list of non-null items goes with one of them, up to the root where nothing may be null between.
        let query = "{ activities { nodes { id athlete { id } } } }";
        let data = value!({ "activities": { "nodes": [{ "id": "a", "athlete": { "id": "b" } }, { "id": "c" }] } });
        assert_eq!(completed(query, data, &[&["activities", "nodes", "1", "athlete"]]), "null");
        // A list of nullable items loses that one alone.
        let query = "{ nodes(ids: []) { id ... on Activity { athlete { id } } } }";
        let data = value!({ "nodes": [{ "id": "a" }, { "id": "b", "athlete": { "id": "c" } }] });
        let paths: &[&[&str]] = &[&["nodes", "0", "athlete"]];
        assert_eq!(completed(query, data, paths), r#"{"nodes":[null,{"id":"b","athlete":{"id":"c"}}]}"#);
    }

    #[test]
    fn what_was_left_out_stays_out_and_empty_objects_stay_objects() {
        let query = "{ policy { version @skip(if: true) } node(id: 1) { id ... on Athlete { displayName } } }";
        let data = value!({ "policy": null, "node": { "id": "x" } });
        assert_eq!(completed(query, data, &[]), r#"{"policy":{},"node":{"id":"x"}}"#);
        assert_eq!(completed("{ viewer { clientId } }", Value::Null, &[&["viewer"]]), "null");
        assert_eq!(completed("{ node(id: 1) { id } }", Value::Null, &[&["node"]]), r#"{"node":null}"#);
        assert_eq!(
            completed("{ __schema { types { name } } }", value!({ "__schema": { "types": [] } }), &[]),
            r#"{"__schema":{"types":[]}}"#
        );
    }

    #[test]
    fn documents_are_passed_on_as_they_are() {
        let query = "{ node(id: 1) { ... on Artifact { json } } }";
        let data = value!({ "node": { "json": { "b": 1, "a": [null] } } });
        assert_eq!(completed(query, data, &[]), r#"{"node":{"json":{"b":1,"a":[null]}}}"#);
    }
}
