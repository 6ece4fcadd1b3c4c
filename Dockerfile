# syntax=docker/dockerfile:1

# GraphiQL, for the build below to embed.
FROM node:20-bookworm-slim AS web
WORKDIR /web
COPY web/package.json web/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY web ./
RUN npm run build

# rust-toolchain.toml stays outside: this image's compiler is the one that builds.
FROM rust:1.95-slim-bookworm AS build
WORKDIR /src

# The dependencies are a layer of their own, built again only when a manifest or the lock file changes. Cargo wants to
# see the targets that the manifests name: empty ones do.
COPY Cargo.toml Cargo.lock ./
COPY domain/Cargo.toml domain/
COPY reconcile/Cargo.toml reconcile/
COPY connectors/Cargo.toml connectors/
COPY entity/Cargo.toml entity/
COPY migration/Cargo.toml migration/
COPY hub/Cargo.toml hub/
COPY api/Cargo.toml api/
COPY tests/Cargo.toml tests/
RUN set -eu; \
    for manifest in */Cargo.toml; do \
        crate=${manifest%/*}; \
        mkdir -p "$crate/src"; \
        touch "$crate/src/lib.rs"; \
        for bench in $(grep -A1 '^\[\[bench\]\]' "$manifest" | sed -n 's/^name = "\(.*\)"/\1/p'); do \
            mkdir -p "$crate/benches"; \
            echo 'fn main() {}' > "$crate/benches/$bench.rs"; \
        done; \
    done; \
    mkdir tests/it; \
    echo 'fn main() {}' | tee api/src/main.rs tests/it/main.rs > /dev/null; \
    cargo build --release --locked --package api

COPY . .
COPY --from=web /web/dist web/dist
# Cargo goes by times, and a copied file can be older than its empty stand-in.
RUN find . -path ./target -prune -o -name '*.rs' -exec touch {} + \
    && cargo build --release --locked --package api

FROM debian:bookworm-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/datahub datahub \
    && install --directory --owner=datahub --group=datahub --mode=0700 /var/lib/datahub /var/lib/datahub/data
COPY --from=build /src/target/release/datahub /usr/local/bin/
COPY LICENSE-MIT LICENSE-APACHE NOTICE /usr/share/doc/datahub/
USER datahub
# Relative paths of the configuration begin here, and datahub.toml is read here.
WORKDIR /var/lib/datahub
VOLUME /var/lib/datahub/data
ENV DATAHUB_SERVER__LISTEN=0.0.0.0:8080
EXPOSE 8080
HEALTHCHECK --interval=60s --timeout=30s --start-period=30s CMD ["datahub", "doctor"]
ENTRYPOINT ["datahub"]
CMD ["serve"]
