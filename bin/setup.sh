# What the scripts of this folder share: the locked dependencies, and the programs that are not on npm. POSIX sh.
# Sourced with $root set. Everything said goes to stderr: stdout belongs to what runs.

say() { printf 'custody: %s\n' "$*" >&2; }

# Installs the locked dependencies once. The copy of the lock file inside node_modules says which were installed; two starts at
# once wait for one another.
ensure_packages() {
  if cmp -s "$root/bun.lock" "$root/node_modules/.installed.lock"; then return 0; fi
  mkdir -p "$root/.cache"
  if command -v flock >/dev/null 2>&1; then
    (flock 9 && install_packages) 9>"$root/.cache/install.lock" || exit 3
    return 0
  fi
  until mkdir "$root/.cache/install.d" 2>/dev/null; do
    say "another start is installing; if none is, remove $root/.cache/install.d"
    sleep 2
  done
  (install_packages) || { rmdir "$root/.cache/install.d"; exit 3; }
  rmdir "$root/.cache/install.d"
}

install_packages() {
  if cmp -s "$root/bun.lock" "$root/node_modules/.installed.lock"; then return 0; fi
  pinned=$(sed -n 's/.*"packageManager": "bun@\([0-9.]*\)".*/\1/p' "$root/package.json")
  say "installing the locked dependencies (once)"
  cd "$root" || return 1
  if [ "$(bun --version 2>/dev/null)" = "$pinned" ]; then
    set -- bun
  elif node_modules/.bin/bun --version >/dev/null 2>&1; then
    set -- node_modules/.bin/bun
  elif command -v npm >/dev/null 2>&1; then
    set -- npm exec --yes --package="bun@$pinned" -- bun
  elif command -v bun >/dev/null 2>&1; then
    set -- bun
  else
    say "error: neither Bun nor npm is here"
    say "hint: install Node.js with npm (apt-get install npm), or Bun $pinned (https://bun.sh)"
    return 1
  fi
  "$@" install --frozen-lockfile </dev/null >&2 || {
    say "error: the dependencies could not be installed"
    say "hint: the lines above say why; run this again"
    return 1
  }
  [ "$(node_modules/.bin/bun --version 2>/dev/null)" = "$pinned" ] || {
    say "error: the installed Bun is not $pinned"
    say "hint: remove $root/node_modules and run this again"
    return 1
  }
  cp bun.lock node_modules/.installed.lock
}

# Whether a PostgreSQL server and its client programs are where custody looks for them.
has_postgres() {
  for folder in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin; do
    [ -x "$folder/initdb" ] && [ -x "$folder/pg_dump" ] && return 0
  done
  command -v initdb >/dev/null 2>&1 && command -v pg_dump >/dev/null 2>&1
}

can_install_debian() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; }

# Installs Debian packages without starting a server or taking a port. Whatever is put in the way of that is taken out again.
install_debian() {
  say "installing Debian's $* (you are root, and they are needed; no service is started)"
  made_folder=
  [ -d /etc/postgresql-common/createcluster.d ] || { mkdir -p /etc/postgresql-common/createcluster.d && made_folder=1; }
  echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.d/custody.conf
  policy=/usr/sbin/policy-rc.d
  [ ! -e $policy ] || mv $policy $policy.before-custody
  printf '#!/bin/sh\nexit 101\n' >$policy && chmod 755 $policy
  trap undo_debian EXIT
  trap 'undo_debian; exit 130' HUP INT TERM
  {
    DEBIAN_FRONTEND=noninteractive apt-get update -qq &&
      DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -o Dpkg::Options::=--force-confold "$@"
  } </dev/null >&2
  status=$?
  # A service that was not started now is not to be started at the next boot either.
  if [ -d /run/systemd/system ]; then
    for service in redis-server nats-server pgbouncer prometheus prometheus-node-exporter; do
      case " $* " in *" $service "*) systemctl disable -q "$service" >/dev/null 2>&1 ;; esac
    done
  fi
  undo_debian
  trap - EXIT HUP INT TERM
  return $status
}

undo_debian() {
  rm -f /etc/postgresql-common/createcluster.d/custody.conf $policy
  [ -z "$made_folder" ] || rmdir /etc/postgresql-common/createcluster.d 2>/dev/null
  [ ! -e $policy.before-custody ] || mv $policy.before-custody $policy
}

# ensure_programs PROGRAM=PACKAGE…: installs what is missing when that can be done, else prints the one command that would.
ensure_programs() {
  missing=
  for pair in "$@"; do
    case $pair in
      postgres=*) has_postgres || missing="$missing ${pair#*=}" ;;
      # A module of the system's own Python, which the first of PATH need not be.
      module:*=*) /usr/bin/python3 -c "import $(expr "$pair" : 'module:\([^=]*\)')" 2>/dev/null || missing="$missing ${pair#*=}" ;;
      *) command -v "${pair%%=*}" >/dev/null 2>&1 || missing="$missing ${pair#*=}" ;;
    esac
  done
  [ -n "$missing" ] || return 0
  if can_install_debian; then
    # shellcheck disable=SC2086
    install_debian $missing && return 0
    say "error: these could not be installed:$missing"
    say "hint: the lines above say why"
    return 3
  fi
  say "error: not here:$missing"
  if command -v brew >/dev/null 2>&1; then
    say "hint: brew install$(printf '%s' "$missing" | sed 's/redis-server/redis/')"
  elif command -v dnf >/dev/null 2>&1; then
    say "hint: sudo dnf install$(printf '%s' "$missing" | sed 's/postgresql$/postgresql-server/; s/redis-server/redis/')"
  else
    say "hint: sudo apt-get install -y$missing"
  fi
  return 3
}
