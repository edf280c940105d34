#!/bin/sh
# Verifies an exported run with ssh-keygen and sha256sum alone: sh verify.sh [ALLOWED_SIGNERS]
#
# Exit status: 0 sealed and by an allowed signer (or, without a file of allowed signers, sealed by whatever key);
# 3 not sealed; 4 broken; 5 a signer the file does not allow; 2 nothing to verify.
set -u
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")" || exit 2
site=${1:-}
case $site in '' | /*) ;; *) site=$OLDPWD/$site ;; esac

broken() { echo "BROKEN: $1"; exit 4; }

found=0 total=0 sealed=yes left=0 handed=
before=$(printf '%064d' 0)
for watch in [0-9]*Z-*/watch-[0-9][0-9][0-9]; do
  [ -d "$watch" ] || continue
  found=$((found + 1))
  # A watch that was never sealed is proved by the next one, if that names its last record and says so.
  at=$(awk '/^took-over-at = /{print $3; exit}' "$watch/000001.toml")
  [ "$sealed" = yes ] || [ "${at:-0}" = "$left" ] || broken "$watch follows a watch that is not sealed"
  sealed=yes
  (
    cd "$watch" || exit 2
    [ -f 000001.toml ] || broken "$watch has no first record"
    id="$(awk -F'"' '/^run = /{print $2; exit}' 000001.toml)/${watch##*/}"
    [ "${watch%%/*}" = "${id%%/*}" ] || broken "$watch is of run ${id%%/*}"
    keys=$(mktemp) || exit 2
    trap 'rm -f "$keys"' EXIT
    for f in run.signers run.signers-[0-9] run.signers-[0-9][0-9]; do
      [ -e "$f" ] || continue
      if [ -n "$site" ]; then
        who=$(ssh-keygen -Y find-principals -f "$site" -s "$f.sig" < "$f" 2> /dev/null) || {
          echo "UNKNOWN SIGNER: $watch/$f"; exit 5; }
        ssh-keygen -Y verify -f "$site" -I "$who" -n delegate@handrail -s "$f.sig" < "$f" > /dev/null ||
          broken "$watch/$f"
        echo "$watch: delegated by $who"
      else
        ssh-keygen -Y check-novalidate -n delegate@handrail -s "$f.sig" < "$f" > /dev/null 2>&1 ||
          broken "$watch/$f"
      fi
      cat "$f" >> "$keys"
    done
    n=0 previous=$before
    for f in [0-9][0-9][0-9][0-9][0-9][0-9].toml; do
      n=$((n + 1))
      [ "$f" = "$(printf '%06d.toml' "$n")" ] || broken "$watch: record $n is missing"
      ssh-keygen -Y verify -f "$keys" -I "$id" -n record@handrail -s "$f.sig" < "$f" > /dev/null 2>&1 ||
        broken "$watch/$f: its signature"
      [ "$(awk -F'"' '/^previous = /{print $2; exit}' "$f")" = "$previous" ] ||
        broken "$watch/$f does not follow what is before it"
      previous=$(cat "$f" "$f.sig" | sha256sum | cut -d' ' -f1)
    done
    m=$(ls | grep -c '^[0-9][0-9][0-9][0-9][0-9][0-9]\.toml$')
    { [ "$n" -gt 0 ] && [ "$n" -eq "$m" ]; } || broken "$watch: $n records, $m files of records"
    echo "$watch: $n records, each signed and chained"
    [ -f SEAL ] || exit 3
    ssh-keygen -Y verify -f "$keys" -I "$id" -n seal@handrail -s SEAL.sig < SEAL > /dev/null 2>&1 ||
      broken "$watch/SEAL: its signature"
    sha256sum --check --strict --quiet SEAL > /dev/null 2>&1 || broken "$watch: a file is not as it was sealed"
    n=$(wc -l < SEAL)
    m=$(find . ! -type d ! -name SEAL ! -name SEAL.sig | wc -l)
    { [ "$n" -gt 0 ] && [ "$n" -eq "$m" ]; } || broken "$watch: $n files were sealed, $m are there"
    [ "$(cut -c67- SEAL | sort)" = "$(find . -type f ! -name SEAL ! -name SEAL.sig | cut -c3- | sort)" ] ||
      broken "$watch: not the files that were sealed"
    echo "$watch: sealed, $m files"
  )
  status=$?
  handed=
  case $status in
    0)
      last=$(ls "$watch" | grep '^[0-9][0-9][0-9][0-9][0-9][0-9]\.toml$' | tail -n 1)
      [ "$(awk -F'"' '/^kind = /{print $2; exit}' "$watch/$last")" != handed-over ] || handed=$watch
      before=$(cat "$watch/SEAL" "$watch/SEAL.sig" | sha256sum | cut -d' ' -f1)
      ;;
    3)
      sealed=no
      last=$(ls "$watch" | grep '^[0-9][0-9][0-9][0-9][0-9][0-9]\.toml$' | tail -n 1)
      left=$((1${last%.toml} - 1000000))
      before=$(cat "$watch/$last" "$watch/$last.sig" | sha256sum | cut -d' ' -f1)
      ;;
    *) exit $status ;;
  esac
  total=$((total + 1))
done
[ "$found" -gt 0 ] && [ "$found" -eq "$total" ] || { echo "there is no run beside this script"; exit 2; }
if [ -n "$handed" ]; then
  echo "UNSEALED: $handed was handed over, and no later watch is here: not ended, or its end was taken away"
  exit 3
fi
if [ "$sealed" = yes ]; then
  word=watches
  [ "$total" -ne 1 ] || word=watch
  echo "SEALED: $total $word${site:+, signers allowed}"
  exit 0
fi
echo "UNSEALED: whole so far; the end may be missing"
exit 3
