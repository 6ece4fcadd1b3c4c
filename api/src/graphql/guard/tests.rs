//! At the limit served, one above it refused; and work that is linear in the text.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use async_graphql::value;

use super::*;
use crate::config::Config;

fn limits() -> Limits {
    Config::load(Some(std::path::Path::new("/dev/null")), std::iter::empty()).unwrap().limits
}

fn judged(text: &str) -> Result<(), Refusal> {
    admit(text, &Variables::default(), &limits()).map(|_| ())
}

/// The last of these is one above the limit, the one before it at the limit.
fn edge(at: usize, document: impl Fn(usize) -> String) {
    assert_eq!(judged(&document(at)), Ok(()), "{at} are served");
    assert!(matches!(judged(&document(at + 1)), Err(Refusal::TooComplex(_))), "{} are not", at + 1);
}

fn nested(depth: usize) -> String {
    format!("{}b{}", "{a".repeat(depth - 1) + "{", "}".repeat(depth))
}

#[test]
fn every_limit_serves_at_it_and_refuses_one_above() {
    edge(48, |n| format!("{{ a(b: {}{}) }}", "[".repeat(n - 2), "]".repeat(n - 2)));
    edge(10_000, |n| format!("{{ a(b: [{}]) }}", "1 ".repeat(n - 9)));
    edge(12, nested);
    edge(30, |n| format!("{{ o {{ {} }} }}", (0..n).map(|i| format!("a{i}: a ")).collect::<String>()));
    edge(20, |n| format!("{{ {} }}", "a ".repeat(n)));
    edge(20, |n| format!("{{ ...F b }} fragment F on Query {{ {} }}", "a ".repeat(n - 1)));
    edge(10, |n| (0..n).map(|i| format!("query Q{i} {{ a }} ")).collect());
    edge(50, |n| {
        let mut text = "{ a }".to_owned();
        (0..n).for_each(|i| write!(text, " fragment F{i} on Query {{ a }}").unwrap());
        text
    });
    edge(100, |n| format!("query({}) {{ a }}", (0..n).map(|i| format!("$v{i}: Int ")).collect::<String>()));
    edge(5, |n| format!("{{ a {} }}", "@include(if: true) ".repeat(n)));
    edge(5, |n| format!("query {} {{ a }}", "@x ".repeat(n)));
    edge(50, |n| format!("{{ o {{ {} }} }}", "a @include(if: true) ".repeat(n)));
}

#[test]
fn whole_numbers_are_of_32_bits_wherever_they_stand() {
    let literal =
        |number: &str| format!("{{ node(id: \"\") {{ ... on Athlete {{ activities(first: {number}) {{ id }} }} }} }}");
    let default = |number: &str| format!("query($n: Int! = {number}) {{ a @include(if: false) {{ b(first: $n) }} }}");
    for good in ["2147483647", "-2147483648", "0", "1.5", "null"] {
        assert_eq!(judged(&literal(good)), Ok(()), "{good}: what else is wrong with it is told later");
    }
    for bad in ["2147483648", "-2147483649", "9223372036854775808"] {
        assert!(matches!(judged(&literal(bad)), Err(Refusal::Wrong(_))), "{bad}");
        assert!(matches!(judged(&default(bad)), Err(Refusal::Wrong(_))), "{bad}");
    }
    let sent = |number: i64| {
        let variables = Variables::from_value(value!({ "n": number }));
        admit("query($n: Int) { a(x: $n) }", &variables, &limits()).map(|_| ())
    };
    assert_eq!(sent(2_147_483_647), Ok(()));
    assert!(matches!(sent(2_147_483_648), Err(Refusal::Wrong(_))));
    // Floats and the hub's own Long are wider.
    assert_eq!(judged("query($n: Float = 2147483648) { a(distance: { min: 2147483648 }, x: $n) }"), Ok(()));
}

#[test]
fn the_arguments_that_are_whole_numbers_are_known_by_name() {
    let places = crate::graphql::design::places(&crate::graphql::sdl());
    let is_int = |ty: &str| ty.split([' ', '!']).next() == Some("Int");
    let whole: BTreeSet<&str> = places
        .iter()
        .filter(|(_, ty)| is_int(ty))
        .filter_map(|(at, _)| Some(at.split_once('(')?.1.trim_end_matches(')')))
        .collect();
    assert_eq!(whole, measure::WHOLE.into());
    let is_given =
        |at: &str| at.split_once('.').is_some_and(|(owner, _)| places.get(owner).is_some_and(|kind| kind == "input"));
    let within: Vec<&String> = places.iter().filter(|(at, ty)| is_int(ty) && is_given(at)).map(|(at, _)| at).collect();
    assert!(within.is_empty(), "numbers within an object are not looked at: {within:?}");
}

#[test]
fn objects_are_counted_by_the_sizes_of_the_pages_around() {
    // The connection, and for each item an object of its own and 49 beneath it.
    let page = |first: usize, inner: usize| {
        format!("{{ activities(first: {first}) {{ nodes {{ {} }} }} }}", "o { a } ".repeat(inner))
    };
    assert_eq!(judged(&page(99, 49)), Ok(()), "1 + 99 * 50");
    assert!(matches!(judged(&page(100, 49)), Err(Refusal::TooComplex(_))), "1 + 100 * 50");
    assert_eq!(judged(&page(20, 248)), Ok(()));
    let unnamed = |inner: usize| format!("{{ activities {{ edges {{ {} }} }} }}", "o { a } ".repeat(inner));
    assert_eq!(judged(&unnamed(248)), Ok(()), "1 + 20 * 249 for a page without a size");
    assert!(judged(&unnamed(249)).is_err());
    // Pages within pages multiply.
    let pages = |first: usize| {
        format!("{{ athletes(first: {first}) {{ nodes {{ activities(first: 98) {{ nodes {{ id }} }} }} }} }}")
    };
    assert_eq!(judged(&pages(49)), Ok(()));
    assert!(judged(&pages(51)).is_err());
}

#[test]
fn page_sizes_are_also_found_in_variables_fragments_and_ids() {
    let inner = "o { a } ".repeat(99);
    let text = format!(
        "query($n: Int = 100) {{ activities(first: $n) {{ ...P }} }} fragment P on C {{ nodes {{ {inner} }} }}"
    );
    assert!(judged(&text).is_err(), "the default counts");
    let small = Variables::from_value(value!({ "n": 10 }));
    assert!(admit(&text, &small, &limits()).is_ok(), "the request's own value counts before it");
    let nodes = format!("query($ids: [ID!]!) {{ nodes(ids: $ids) {{ {inner} }} }}");
    let ids = |n: usize| Variables::from_value(value!({ "ids": (vec!["x"; n]) }));
    assert!(admit(&nodes, &ids(50), &limits()).is_ok());
    assert!(admit(&nodes, &ids(51), &limits()).is_err());
    // A size that the field will refuse costs no more than the largest that it would serve.
    assert_eq!(judged("{ activities(first: 2147483647) { nodes { id } } }"), Ok(()));
    assert_eq!(judged("{ activities(first: -1) { nodes { id } } }"), Ok(()));
}

#[test]
fn fragments_that_spread_each_other_are_measured_once() {
    for leaf in ["__typename", "a", "o { a }"] {
        let mut text = "{ ...F0 }".to_owned();
        for i in 0..40 {
            write!(text, " fragment F{i} on Query {{ ...F{0} ...F{0} }}", i + 1).unwrap();
        }
        write!(text, " fragment F40 on Query {{ {leaf} }}").unwrap();
        let began = Instant::now();
        assert!(matches!(judged(&text), Err(Refusal::TooComplex(_))));
        assert!(began.elapsed() < Duration::from_millis(500), "2^40 was counted one by one");
    }
}

#[test]
fn circles_are_refused() {
    for text in [
        "{ ...F } fragment F on Query { ...F }",
        "{ ...F } fragment F on Query { a { ...G } } fragment G on Query { ...F }",
    ] {
        assert!(matches!(judged(text), Err(Refusal::Wrong(_))), "{text}");
    }
}

#[test]
fn depth_hidden_in_fragments_is_found() {
    let chain = |n: usize| {
        let mut text = "{ ...F0 }".to_owned();
        for i in 0..n {
            write!(text, " fragment F{i} on Query {{ ... on Query {{ ...F{} }} }}", i + 1).unwrap();
        }
        write!(text, " fragment F{n} on Query {{ a }}").unwrap();
        text
    };
    assert_eq!(judged(&chain(23)), Ok(()));
    assert!(judged(&chain(24)).is_err());
}

#[test]
fn hostile_texts_are_refused_and_do_no_harm() {
    let deep = [
        format!("{{ a(b: {}) }}", "[".repeat(100_000)),
        format!("{{ a(b: {}) }}", "{a:".repeat(60_000)),
        format!("query($a: Int = {}) {{ a }}", "[".repeat(100_000)),
        format!("query($a: {}) {{ a }}", "[".repeat(100_000)),
        "{a".repeat(80_000),
        "(".repeat(200_000),
        format!("{{ a(b: \"\"\"a\" {}) }}", "[".repeat(100_000)),
    ];
    for text in deep {
        assert!(judged(&text).is_err());
    }
    for broken in ["", "{", "}", "{ a", "\"", "query", "{ a(b: \"\n\") }", "\0", "🙂", "{ 🙂 }", "...", "subscription"]
    {
        assert!(judged(broken).is_err(), "{broken:?}");
    }
}

/// `getIntrospectionQuery()` of graphql-js 16 with every option that GraphiQL sets.
const GRAPHIQL: &str = "query IntrospectionQuery { __schema { description queryType { name kind } mutationType { name kind }
subscriptionType { name kind } types { ...FullType } directives { name description isRepeatable locations
args(includeDeprecated: true) { ...InputValue } } } }
fragment FullType on __Type { kind name description specifiedByURL isOneOf fields(includeDeprecated: true) { name description
args(includeDeprecated: true) { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason }
inputFields(includeDeprecated: true) { ...InputValue } interfaces { ...TypeRef }
enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } possibleTypes { ...TypeRef } }
fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue isDeprecated deprecationReason }
fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } } }";

#[test]
fn an_editor_s_introspection_passes_and_what_grows_from_it_does_not() {
    assert_eq!(judged(GRAPHIQL), Ok(()));
    let circle = "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }";
    assert!(matches!(judged(circle), Err(Refusal::TooComplex(_))));
    let wide = format!("{{ {} }}", (0..20).map(|i| format!("s{i}: __schema {{ ...S }} ")).collect::<String>());
    let wide = format!("{wide} fragment S on __Schema {{ {} }}", "types { name } ".repeat(20));
    assert!(matches!(judged(&wide), Err(Refusal::TooComplex(_))));
    let deep = format!("{{ __type(name: \"A\") {{ {} kind {} }} }}", "ofType { ".repeat(16), "}".repeat(16));
    assert!(matches!(judged(&deep), Err(Refusal::TooComplex(_))));
}
