# The application image: front end built once, Python packages by hash, one unprivileged user, no secret inside.
FROM node:22-bookworm-slim AS front
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund
COPY app ./app
RUN npm run build

FROM python:3.11-slim-bookworm
WORKDIR /hezheng
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 FLASK_APP=app.main:application
COPY requirements/run.txt requirements/run.txt
RUN pip install --no-cache-dir --require-hashes -r requirements/run.txt
COPY evidence ./evidence
COPY app ./app
COPY realtime ./realtime
COPY migrations ./migrations
COPY scripts ./scripts
COPY deploy/prepare ./deploy/prepare
COPY contracts/artifacts ./contracts/artifacts
COPY --from=front /build/app/static/build ./app/static/build
RUN python -m scripts.translations --compile \
    && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin hezheng \
    && install -d -o hezheng -m 700 /data
USER hezheng
CMD ["flask", "serve"]
