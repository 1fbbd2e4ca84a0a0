# One image for everything: `asi serve` by default, `asi worker`, `asi migrate` and the rest as arguments.
# Where Docker Hub cannot be reached, name a mirror: PYTHON_IMAGE and PIP_INDEX_URL in .env, or as --build-arg.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
ARG PIP_INDEX_URL=
ENV UV_COMPILE_BYTECODE=1 UV_NO_CACHE=1
WORKDIR /source
COPY requirements.lock requirements-uv.lock ./
COPY deploy/install deploy/
RUN deploy/install /opt/asi dependencies
COPY . .
RUN deploy/install /opt/asi wheel

FROM ${PYTHON_IMAGE}
RUN groupadd --system --gid 10001 asi \
    && useradd --system --uid 10001 --gid asi --no-create-home --home-dir /srv/asi asi \
    && install --directory --owner=asi --group=asi --mode=0700 /srv/asi/data
COPY --from=build /opt/asi /opt/asi
COPY content /srv/asi/content
ENV PATH=/opt/asi/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PORT=8000 \
    ASI_DATA_DIR=/srv/asi/data
WORKDIR /srv/asi
USER 10001:10001
VOLUME /srv/asi/data
EXPOSE 8000
# `asi health` asks the same, but takes two seconds to start; this runs twice a minute.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import os, http.client as http; asked = http.HTTPConnection('127.0.0.1', int(os.environ['PORT']), timeout=4); asked.request('GET', '/readyz'); raise SystemExit(asked.getresponse().status != 200)"]
ENTRYPOINT ["asi"]
CMD ["serve", "--host", "0.0.0.0"]
