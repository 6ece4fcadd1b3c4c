//! Enums whose values are the domain's own words: one list of names, from the database to GraphQL.

use std::borrow::Cow;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::Field as Selected;
use async_graphql::registry::{Deprecation, MetaEnumValue, MetaType, MetaTypeId, Registry};
use async_graphql::{
    ContextSelectionSet, InputType, InputValueError, InputValueResult, Name, OutputType, Positioned, ServerResult,
    Value,
};

/// A closed list of words in the domain, and what it is called in GraphQL.
pub trait Vocabulary: Copy + Send + Sync + 'static {
    /// The enum's name.
    const NAME: &'static str;
    /// What the enum is about.
    const ABOUT: &'static str;

    /// Every word.
    fn words() -> impl Iterator<Item = Self>;
    /// The word itself.
    fn word(self) -> &'static str;
    /// What the word means, to a reader of the schema.
    fn meaning(self) -> &'static str;
}

/// A word of the domain as a value of its enum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word<T>(pub T);

impl<T: Vocabulary> Word<T> {
    fn register(registry: &mut Registry) -> String {
        registry.create_input_type::<Self, _>(MetaTypeId::Enum, |_| MetaType::Enum {
            name: T::NAME.to_owned(),
            description: Some(T::ABOUT.to_owned()),
            enum_values: T::words()
                .map(|one| {
                    let value = MetaEnumValue {
                        name: one.word().to_owned(),
                        description: Some(one.meaning().to_owned()),
                        deprecation: Deprecation::NoDeprecated,
                        visible: None,
                        inaccessible: false,
                        tags: Vec::new(),
                        directive_invocations: Vec::new(),
                    };
                    (one.word().to_owned(), value)
                })
                .collect::<IndexMap<_, _>>(),
            visible: None,
            inaccessible: false,
            tags: Vec::new(),
            rust_typename: Some(std::any::type_name::<Self>()),
            directive_invocations: Vec::new(),
            requires_scopes: Vec::new(),
        })
    }
}

impl<T: Vocabulary> InputType for Word<T> {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        Cow::Borrowed(T::NAME)
    }

    fn create_type_info(registry: &mut Registry) -> String {
        Self::register(registry)
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        let value = value.unwrap_or_default();
        let named = match &value {
            Value::Enum(name) => Some(name.as_str()),
            // Variables come as JSON, which knows no enums.
            Value::String(name) => Some(name.as_str()),
            _ => None,
        };
        match named.and_then(|name| T::words().find(|one| one.word() == name)) {
            Some(word) => Ok(Self(word)),
            None => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::Enum(Name::new(self.0.word()))
    }

    fn as_raw_value(&self) -> Option<&Self::RawValueType> {
        Some(self)
    }
}

impl<T: Vocabulary> OutputType for Word<T> {
    fn type_name() -> Cow<'static, str> {
        Cow::Borrowed(T::NAME)
    }

    fn create_type_info(registry: &mut Registry) -> String {
        Self::register(registry)
    }

    async fn resolve(&self, _: &ContextSelectionSet<'_>, _: &Positioned<Selected>) -> ServerResult<Value> {
        Ok(Value::Enum(Name::new(self.0.word())))
    }
}
