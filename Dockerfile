# One image for web, live, worker, beat and watcher; runs as nobody in particular, with a read-only root.
FROM python:3.11-slim-bookworm AS build
COPY requirements/run.txt /requirements.txt
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r /requirements.txt
COPY . /app
WORKDIR /app
RUN /venv/bin/python bin/compile_messages.py \
 && SECRET_KEY=build FIELD_KEYS=build PLAN_KEY=build STATIC_ROOT=/static /venv/bin/python manage.py collectstatic --noinput

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home deploytickets && install -d -o 10001 /audit
COPY --from=build /venv /venv
COPY --from=build /app /app
COPY --from=build /static /static
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 STATIC_ROOT=/static DJANGO_SETTINGS_MODULE=deploytickets.settings
WORKDIR /app
USER 10001
EXPOSE 8000
CMD ["gunicorn", "deploytickets.wsgi:application", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "4", "--worker-tmp-dir", "/dev/shm", "--max-requests", "10000", "--max-requests-jitter", "1000"]
