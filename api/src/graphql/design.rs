//! The design's schema is whole in ours, and ours says of everything what it is.

use std::collections::BTreeMap;

use async_graphql::parser::Positioned;
use async_graphql::parser::types::{FieldDefinition, InputValueDefinition, TypeKind, TypeSystemDefinition};

/// Every place of a schema by name (`Type`, `Type.field`, `Type.field(arg)`, `Enum.VALUE`), and its type.
pub(super) fn places(sdl: &str) -> BTreeMap<String, String> {
    let mut places = BTreeMap::new();
    for definition in async_graphql::parser::parse_schema(sdl).unwrap().definitions {
        let TypeSystemDefinition::Type(one) = definition else { continue };
        let name = one.node.name.node.to_string();
        let mut fields = |fields: Vec<Positioned<FieldDefinition>>| {
            for field in fields {
                let at = format!("{name}.{}", field.node.name.node);
                for argument in &field.node.arguments {
                    let (argument, ty) = told(&argument.node);
                    places.insert(format!("{at}({argument})"), ty);
                }
                places.insert(at, field.node.ty.node.to_string());
            }
        };
        let kind = match one.node.kind {
            TypeKind::Scalar => "scalar".to_owned(),
            TypeKind::Object(object) => {
                fields(object.fields);
                let implements: Vec<String> = object.implements.iter().map(|name| name.node.to_string()).collect();
                format!("type {}", implements.join(" & "))
            }
            TypeKind::Interface(interface) => {
                fields(interface.fields);
                "interface".to_owned()
            }
            TypeKind::Enum(values) => {
                for value in values.values {
                    places.insert(format!("{name}.{}", value.node.value.node), String::new());
                }
                "enum".to_owned()
            }
            TypeKind::InputObject(input) => {
                for field in &input.fields {
                    let (field, ty) = told(&field.node);
                    places.insert(format!("{name}.{field}"), ty);
                }
                "input".to_owned()
            }
            TypeKind::Union(_) => "union".to_owned(),
        };
        places.insert(name, kind);
    }
    places
}

fn told(argument: &InputValueDefinition) -> (String, String) {
    let default = argument.default_value.as_ref().map(|value| format!(" = {}", value.node)).unwrap_or_default();
    (argument.name.node.to_string(), format!("{}{default}", argument.ty.node))
}

/// Whether something that the design does not know must be given by whoever asks.
fn is_demanded(place: &str, ty: &str, design: &BTreeMap<String, String>) -> bool {
    let kind = |name: &str| design.get(name).map(String::as_str);
    let owner = place.split(['.', '(']).next().unwrap_or_default();
    let given = match place.split_once('(') {
        Some((field, _)) => design.contains_key(field),
        None => place.contains('.') && kind(owner) == Some("input"),
    };
    given && ty.ends_with('!')
}

/// A client of the design's schema can ask all that it could, and reads what it could read.
#[test]
fn the_design_s_schema_is_whole_in_ours() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/design/schema.graphql");
    let Ok(design) = std::fs::read_to_string(path) else {
        println!("skipped: the design is not beside this repository");
        return;
    };
    let (design, ours) = (places(&design), places(&super::sdl()));
    let mut differ = Vec::new();
    for (place, wanted) in &design {
        match ours.get(place) {
            Some(ty) if ty == wanted => {}
            Some(ty) => differ.push(format!("{place} is {ty}, designed as {wanted}")),
            None => differ.push(format!("{place} is missing")),
        }
    }
    for (place, ty) in &ours {
        if !design.contains_key(place) && is_demanded(place, ty, &design) {
            differ.push(format!("{place} must be given, and the design does not know it"));
        }
    }
    println!("{} places of the design, {} of ours", design.len(), ours.len());
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

#[test]
fn what_breaks_a_client_is_seen() {
    let design = places("type Query { a(x: Int): Int b: B! } enum B { C D } input E { f: Int }");
    for (ours, place, ty) in
        [("type Query { a(x: Int, y: Int!): Int }", "Query.a(y)", "Int!"), ("input E { f: Int g: ID! }", "E.g", "ID!")]
    {
        let ours = places(ours);
        assert_eq!(ours.get(place).map(String::as_str), Some(ty));
        assert!(is_demanded(place, ty, &design), "{place}");
    }
    assert!(!is_demanded("Query.c", "Int!", &design), "what is told may be new");
    assert!(!is_demanded("Query.a(y)", "Int! = 1", &design), "a default is given already");
    assert!(["Query.a", "Query.a(x)", "Query.b", "B.C", "B.D", "E.f"].iter().all(|place| design.contains_key(*place)));
}

#[test]
fn everything_says_what_it_is() {
    let text = super::sdl();
    let mut silent = Vec::new();
    let mut count = 0;
    let mut see = |place: String, says: bool| {
        count += 1;
        if !says {
            silent.push(place);
        }
    };
    for definition in async_graphql::parser::parse_schema(&text).unwrap().definitions {
        let TypeSystemDefinition::Type(one) = definition else { continue };
        let name = one.node.name.node.to_string();
        see(name.clone(), one.node.description.is_some());
        let inputs = |see: &mut dyn FnMut(String, bool), at: &str, all: Vec<Positioned<InputValueDefinition>>| {
            for one in all {
                see(format!("{at}.{}", one.node.name.node), one.node.description.is_some());
            }
        };
        let fields = match one.node.kind {
            TypeKind::Object(object) => object.fields,
            TypeKind::Interface(interface) => interface.fields,
            TypeKind::Enum(values) => {
                for value in values.values {
                    see(format!("{name}.{}", value.node.value.node), value.node.description.is_some());
                }
                continue;
            }
            TypeKind::InputObject(input) => {
                inputs(&mut see, &name, input.fields);
                continue;
            }
            TypeKind::Scalar | TypeKind::Union(_) => continue,
        };
        for field in fields {
            let at = format!("{name}.{}", field.node.name.node);
            see(at.clone(), field.node.description.is_some());
            inputs(&mut see, &at, field.node.arguments);
        }
    }
    println!("{count} places");
    assert!(count > 800, "{count} are not all");
    assert!(silent.is_empty(), "{} say nothing of themselves:\n{}", silent.len(), silent.join("\n"));
}

#[test]
fn the_committed_schema_is_fresh() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../schema.graphql");
    if std::env::vars().any(|(name, _)| name == "DATAHUB_TEST_WRITE") {
        std::fs::write(path, super::sdl()).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(committed == super::sdl(), "schema.graphql is stale: DATAHUB_TEST_WRITE=1 cargo test -p api fresh");
}
