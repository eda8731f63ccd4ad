# The service and its worker in one image.
#
#   docker build -t cameo .                                  # models are pulled into the volume
#   docker build --build-arg BASE=registry.example/python:3.11-slim -t cameo .
ARG BASE=python:3.11-slim

FROM ${BASE} AS build
WORKDIR /src
RUN python3 -m venv /opt/cameo
COPY requirements requirements
RUN /opt/cameo/bin/pip install --no-cache-dir --require-hashes --no-deps -r requirements/runtime.lock \
 && python3 -m venv /opt/build \
 && /opt/build/bin/pip install --no-cache-dir --require-hashes --no-deps -r requirements/build.lock
COPY pyproject.toml README.md ./
COPY permissions permissions
COPY verification verification
COPY storage storage
COPY cameo_service cameo_service
RUN /opt/build/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation -w /wheels . \
 && /opt/cameo/bin/pip install --no-cache-dir --no-deps /wheels/*.whl

FROM ${BASE}
RUN useradd --system --uid 10001 --home-dir /data --no-create-home cameo \
 && install -d -o cameo -g cameo -m 0700 /data
COPY --from=build /opt/cameo /opt/cameo
ENV PATH=/opt/cameo/bin:$PATH \
    ORT_DISABLE_TELEMETRY=1 \
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
