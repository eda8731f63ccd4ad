# The service and its worker in one image.
#
#   make image                              # with docker, podman or buildah; see tools/image.sh
#   make image IMAGE_FLAGS='--build-arg BASE=registry.example/python:3.11-slim'
#   make image IMAGE_FLAGS='--build-arg MODELS=open'   # bakes the models of a pack
#
# Without MODELS they are pulled once into the volume: `cameo models pull open`. Baked ones lie in
# /data, from where a new named volume is filled; a folder mounted there hides them.
ARG BASE=python:3.11-slim

FROM ${BASE} AS build
ARG MODELS=
WORKDIR /src
COPY requirements requirements
# `cameo models pull` fetches what a pack needs with the pip that stands beside it
RUN python3 -m venv /opt/cameo \
 && /opt/cameo/bin/pip install --no-cache-dir --require-hashes --no-deps -r requirements/runtime.lock \
 && python3 -m venv /opt/build \
 && /opt/build/bin/pip install --no-cache-dir --require-hashes --no-deps -r requirements/build.lock
COPY pyproject.toml README.md ./
COPY permissions permissions
COPY verification verification
COPY storage storage
COPY cameo_service cameo_service
RUN /opt/build/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation -w /wheels . \
 && /opt/cameo/bin/pip install --no-cache-dir --no-deps /wheels/*.whl \
 && mkdir -m 0700 /seed \
 && if [ -n "$MODELS" ]; then \
      /opt/cameo/bin/cameo models pull "$MODELS" --data-dir /seed \
      && /opt/cameo/bin/cameo models use "$MODELS" --data-dir /seed; \
    fi

FROM ${BASE}
LABEL org.opencontainers.image.title="cameo" \
      org.opencontainers.image.description="Identity and likeness consent for generated video" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --system --uid 10001 --user-group --home-dir /data --no-create-home cameo
COPY --from=build /opt/cameo /opt/cameo
COPY --from=build --chown=cameo:cameo /seed /data
ENV PATH=/opt/cameo/bin:$PATH \
    ORT_DISABLE_TELEMETRY=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    CAMEO_DATA_DIR=/data \
    CAMEO_HOST=0.0.0.0
USER cameo
VOLUME /data
EXPOSE 8400
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["python3", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8400/healthz', timeout=2)"]
ENTRYPOINT ["cameo"]
CMD ["serve"]
