# One image for every role: hookyard serve (the default), api, worker, migrate.
ARG RUST=1.95
ARG DEBIAN=bookworm

FROM rust:${RUST}-slim-${DEBIAN} AS build
WORKDIR /src
COPY . .
# The slim image has the C compiler that SQLite and ring need. Cargo's folders are caches of the builder, so that a
# second build compiles what changed; the binary is copied out because a cache is not part of the layer.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --locked --profile dist -p hookyard \
    && install -D target/dist/hookyard /out/hookyard

FROM debian:${DEBIAN}-slim
# Receivers are verified with the certificates of the system.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-log-init --no-create-home --home-dir /var/lib/hookyard --shell /usr/sbin/nologin hookyard \
    && install -d -o hookyard -g hookyard -m 700 /var/lib/hookyard
COPY --from=build /out/hookyard /usr/local/bin/hookyard
# A container listens on all of its addresses; what of it is reachable is decided where its ports are published.
ENV HOOKYARD__DATA_DIR=/var/lib/hookyard \
    HOOKYARD__SERVER__LISTEN=0.0.0.0:8080 \
    HOOKYARD__WORKER__LISTEN=0.0.0.0:8081
USER 10001:10001
WORKDIR /var/lib/hookyard
VOLUME /var/lib/hookyard
EXPOSE 8080 8081
# 200 of /health/ready; a worker of its own answers on 8081, which docker-compose.yml says.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["hookyard", "health", "--url", "http://127.0.0.1:8080"]
ENTRYPOINT ["hookyard"]
CMD ["serve"]
