# For backups of PostgreSQL: its own pg_dump and pg_restore, of the server's version, with asi beside them.
# The service's image has neither. Where Docker Hub cannot be reached, name a mirror, as in Dockerfile.
ARG POSTGRES_IMAGE=postgres:18-bookworm

FROM ${POSTGRES_IMAGE}
ARG PIP_INDEX_URL=
ENV UV_COMPILE_BYTECODE=1 UV_NO_CACHE=1
# Whatever Python Debian 12 has at the moment: the base image says which Debian it is.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3 python3-venv \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 asi \
    && useradd --system --uid 10001 --gid asi --no-create-home --home-dir /srv/asi asi \
    && install --directory --owner=asi --group=asi --mode=0700 /srv/asi/data /srv/asi/backups
WORKDIR /source
COPY requirements.lock requirements-uv.lock ./
COPY deploy/install deploy/
RUN deploy/install /opt/asi dependencies
COPY . .
RUN deploy/install /opt/asi wheel
ENV PATH=/opt/asi/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    ASI_DATA_DIR=/srv/asi/data
WORKDIR /srv/asi
USER 10001:10001
ENTRYPOINT ["asi"]
CMD ["backup", "create", "/srv/asi/backups", "--keep-days", "30"]
