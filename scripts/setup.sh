# What ./scripts/serve and ./scripts/test share: tools, packages and built files, each made only when it is out of date.
# Not here: starting anything. Sourced by bash with the repository's root as the working folder.

say() { printf '%s\n' "$*" >&2; }

fail() {
    say "$*"
    exit 1
}

# Debian packages, where we may install them; otherwise say what is missing and stop.
install_packages() {
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        fail "缺少系统软件,请先安装 / missing system packages, please install: $*"
    fi
    say "正在安装系统软件 / installing: $*"
    if [ -z "${APT_UPDATED:-}" ]; then
        apt-get update -qq
        APT_UPDATED=1
    fi
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# install_missing COMMAND PACKAGE [COMMAND PACKAGE …]
install_missing() {
    local missing=()
    while [ $# -gt 0 ]; do
        command -v "$1" >/dev/null || missing+=("$2")
        shift 2
    done
    [ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
}

suitable_python() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    local candidate
    for candidate in python3 python3.13 python3.12 python3.11; do
        if command -v "$candidate" >/dev/null && suitable_python "$candidate"; then
            PYTHON=$candidate
            return
        fi
    done
    return 1
}

require_python() {
    find_python && return
    install_packages python3 python3-venv
    find_python || fail "需要 Python 3.11 或更高版本 / Python 3.11 or newer is needed"
}

suitable_node() {
    command -v node >/dev/null && command -v npm >/dev/null &&
        [ "$(node -p 'Number(process.versions.node.split(".")[0]) >= 20')" = true ]
}

require_node() {
    suitable_node && return
    install_packages nodejs npm
    suitable_node || fail "需要 Node.js 20 或更高版本 / Node.js 20 or newer is needed"
}

STAMPS=.venv/stamps
export NPM_CONFIG_UPDATE_NOTIFIER=false

# digest FILE|FOLDER … : one hash over names and contents.
digest() {
    find "$@" -type f -not -name '*.pyc' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c1-64
}

stamped() { [ "$(cat "$STAMPS/$1" 2>/dev/null)" = "$2" ]; }

stamp() {
    mkdir -p "$STAMPS"
    printf '%s\n' "$2" >"$STAMPS/$1"
}

# python_packages run|test : the locked packages, each checked against its hash. The test set contains the run set.
python_packages() {
    local run test
    run=$(digest requirements/run.txt)
    test=$(digest requirements/run.txt requirements/test.txt)
    stamped python "test $test" && return
    [ "$1" = run ] && stamped python "run $run" && return
    if ! [ -x .venv/bin/python ]; then
        require_python
        "$PYTHON" -m venv .venv
    fi
    say "正在安装 Python 软件包 / installing Python packages"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "requirements/$1.txt"
    if [ "$1" = run ]; then stamp python "run $run"; else stamp python "test $test"; fi
}

# The analyser of the contracts wants another web3 than ours and so lives apart.
analyser_packages() {
    local lock
    lock=$(digest requirements/lint.txt)
    [ -x .venv-slither/bin/slither ] && stamped slither "$lock" && return
    require_python
    "$PYTHON" -m venv .venv-slither
    say "正在安装合约分析工具 / installing the analyser of the contracts"
    .venv-slither/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/lint.txt
    stamp slither "$lock"
}

# node_packages run|test
node_packages() {
    local lock
    lock=$(digest package-lock.json)
    if [ -f node_modules/.package-lock.json ]; then
        stamped node "test $lock" && return
        [ "$1" = run ] && stamped node "run $lock" && return
    fi
    require_node
    say "正在安装 Node 软件包 / installing Node packages"
    if [ "$1" = run ]; then
        npm ci --omit=dev --no-audit --no-fund --loglevel=error >&2
    else
        npm ci --no-audit --no-fund --loglevel=error >&2
    fi
    stamp node "$1 $lock"
}

built_files() {
    local sources
    sources=$(digest app/frontend app/templates app/web app/translations/frontend.en.json package-lock.json)
    if ! [ -f app/static/build/manifest.json ] || ! stamped frontend "$sources"; then
        say "正在生成前端 / building the front end"
        npm run --silent build >&2
        stamp frontend "$sources"
    fi
    local catalogue
    catalogue=$(digest app/translations/en/LC_MESSAGES/messages.po)
    if ! [ -f app/translations/en/LC_MESSAGES/messages.mo ] || ! stamped translations "$catalogue"; then
        .venv/bin/python -m scripts.translations --compile
        stamp translations "$catalogue"
    fi
}

# set_up run|test : everything that the programs of this repository need.
set_up() {
    python_packages "$1"
    node_packages "$1"
    built_files
}
