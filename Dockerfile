# syntax=docker/dockerfile:1
# One image for every role; the command says which (see compose.yaml).
FROM python:3.13-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv /opt/signalbox
ENV PATH=/opt/signalbox/bin:$PATH
WORKDIR /src
COPY requirements.txt ./
RUN pip install --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY platform platform
COPY registry registry
COPY routing routing
COPY evaluation evaluation
COPY audit audit
COPY billing billing
COPY templates templates
RUN pip install --no-build-isolation --no-deps .

FROM python:3.13-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /var/lib/signalbox --create-home --shell /usr/sbin/nologin signalbox
COPY --from=build /opt/signalbox /opt/signalbox
ENV PATH=/opt/signalbox/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=signalbox.settings \
    SIGNALBOX_DATA_DIR=/var/lib/signalbox \
    SIGNALBOX_STATIC_ROOT=/opt/signalbox/static
# Collecting needs no secret: what it writes is public.
RUN python -m django collectstatic --no-input --verbosity 0
USER 10001
WORKDIR /var/lib/signalbox
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
CMD ["uvicorn", "signalbox.asgi:application", "--host", "0.0.0.0", "--port", "8000", \
     "--loop", "uvloop", "--http", "httptools", "--lifespan", "on", "--no-access-log", "--no-server-header", \
     "--timeout-graceful-shutdown", "30"]
