//! What both the design and this build have must be of equal type.

use std::collections::BTreeMap;

use async_graphql::parser::Positioned;
use async_graphql::parser::types::{FieldDefinition, InputValueDefinition, TypeKind, TypeSystemDefinition};

/// Every place of a schema by name (`Type`, `Type.field`, `Type.field(arg)`, `Enum.VALUE`), and its type.
fn places(sdl: &str) -> BTreeMap<String, String> {
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

#[test]
fn what_the_design_names_has_the_design_s_type() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/design/schema.graphql");
    let Ok(design) = std::fs::read_to_string(path) else {
        println!("skipped: the design is not beside this repository");
        return;
    };
    let (design, ours) = (places(&design), places(&super::sdl()));
    let mut differ = Vec::new();
    for (place, ty) in &ours {
        match design.get(place) {
            Some(wanted) if wanted != ty => differ.push(format!("{place}: {ty}, designed as {wanted}")),
            _ => {}
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
    let missing: Vec<&String> =
        design.keys().filter(|place| !place.contains('.') && !ours.contains_key(*place)).collect();
    println!("not here yet: {missing:?}");
    // An enum's values are whole or they are not the design's.
    for place in design.keys().filter(|place| place.contains('.') && design.get(*place).is_some_and(String::is_empty)) {
        let owner = place.split('.').next().unwrap_or_default();
        assert!(!ours.contains_key(owner) || ours.contains_key(place), "{place} is missing");
    }
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
