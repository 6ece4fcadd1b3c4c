# What CI runs, to the letter.
check:
    .ci/run

# The whole product with nothing to set up.
demo:
    cargo run --release -- demo

# The public schema, written anew.
schema:
    cargo run -- schema > schema.graphql

# GraphiQL for our own origin; the next build embeds it.
web:
    cd web && npm ci --no-audit --no-fund && npm run build

# Accept or refuse changed snapshots.
review:
    cargo insta review

# The tests, PostgreSQL included or else.
pg:
    DATAHUB_TEST_POSTGRES=required cargo test --workspace
