#!/bin/sh
# Verifies an exported run with ssh-keygen and sha256sum alone: sh verify.sh [ALLOWED_SIGNERS]
#
# Exit status: 0 sealed and by an allowed signer (or, without a file of allowed signers, sealed by whatever key);
# 3 not sealed; 4 broken; 5 a signer the file does not allow; 2 nothing to verify.
# The last line is the verdict, as `handrail verify` words it; the lines before it say what it does not cover.
set -u
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")" || exit 2
site=${1:-}
case $site in '' | /*) ;; *) site=$OLDPWD/$site ;; esac

broken() { echo "BROKEN: $1"; exit 4; }

# Whether the override in record $2 of watch $1 was countersigned by somebody whom the site allows, and who did
# not walk; without a file of allowed signers nobody can say who it was.
countersigned() {
  number=${2##*/} number=${number%.toml}
  head=$(cat "$2" "$2.sig" | sha256sum | cut -d' ' -f1)
  for c in "${1%/*}/countersign-${1##*-}-$number-"*.toml; do
    [ -f "$c.sig" ] && [ "$(awk -F'"' '/^head = /{print $2; exit}' "$c")" = "$head" ] || continue
    if [ -z "$site" ]; then
      unproved=yes
      return 0
    fi
    by=$(ssh-keygen -Y find-principals -f "$site" -s "$c.sig" < "$c" 2> /dev/null) || continue
    case $walkers in *"<$by>"*) continue ;; esac
    ssh-keygen -Y verify -f "$site" -I "$by" -n countersign@handrail -s "$c.sig" < "$c" > /dev/null 2>&1 &&
      return 0
  done
  return 1
}

# How many acts were sent by the very key that had witnessed them.
sent_by_witness() {
  awk -F'"' '
    function told() {
      act = step SUBSEP attempt
      if (kind == "ledger.opened" || kind == "ledger.resumed") walks[watch, key] = 1
      if (kind == "witnessed") witness[act] = key
      if (kind == "intended" && act in witness && (watch, witness[act]) in walks) n++
      kind = step = key = attempt = ""
    }
    FNR == 1 { told() }
    /^watch = / { watch = $0 }
    /^kind = / && kind == "" { kind = $2 }
    /^step = / { step = $2 }
    /^attempt = / { attempt = $0 }
    /^key = / { key = $2 }
    END { told(); print n + 0 }
  ' "$@"
}

found=0 total=0 sealed=yes left=0 handed= records=0 files=0 alone=0 unproved= walkers= people= drill=yes
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
    echo "$watch: sealed, $((m + 2)) files with SEAL and SEAL.sig"
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
  records=$((records + $(ls "$watch" | grep -c '^[0-9][0-9][0-9][0-9][0-9][0-9]\.toml$')))
  files=$((files + $(find "$watch" ! -type d | wc -l)))
  for f in "$watch"/run.signers "$watch"/run.signers-[0-9] "$watch"/run.signers-[0-9][0-9]; do
    [ -e "$f" ] || continue
    grep -q ' drill process ' "$f" || drill=no
    [ -n "$site" ] || continue
    who=$(ssh-keygen -Y find-principals -f "$site" -s "$f.sig" < "$f" 2> /dev/null)
    case $walkers in *"<$who>"*) ;; *) walkers="$walkers<$who>" people="${people:+$people, }$who" ;; esac
  done
  for f in "$watch"/[0-9][0-9][0-9][0-9][0-9][0-9].toml; do
    grep -q '^kind = "overrode"$' "$f" && grep -q '^what = "hold-point"$' "$f" || continue
    countersigned "$watch" "$f" || alone=$((alone + 1))
  done
done
[ "$found" -gt 0 ] && [ "$found" -eq "$total" ] || { echo "there is no run beside this script"; exit 2; }
[ "$(sent_by_witness [0-9]*Z-*/watch-[0-9][0-9][0-9]/[0-9][0-9][0-9][0-9][0-9][0-9].toml)" -eq 0 ] ||
  alone=$((alone + 1))

signer="ALLOWED SIGNER $people"
if [ "$drill" = yes ]; then
  signer="DRILL KEY"
elif [ -z "$site" ]; then
  signer="SIGNER NOT CHECKED"
  echo "not checked: the signer; name the site's file: sh verify.sh ALLOWED_SIGNERS"
fi
[ -z "$unproved" ] || echo "not checked: who countersigned what was passed alone"
echo "not checked: an outside copy of the heads, so the newest records may be cut off"
echo "not checked: whether what the records say is true, and whether the host's clock was right"
word=watches
[ "$total" -ne 1 ] || word=watch
rest="$signer, ANCHOR NOT CHECKED"
[ "$alone" -eq 0 ] || rest="$rest, UNWITNESSED"
rest="$rest: $total $word, $records records, $files files"
if [ -n "$handed" ]; then
  echo "$handed was handed over, and no later watch is here: the run has not ended, or its end was taken away"
elif [ "$sealed" = yes ]; then
  echo "SEALED, $rest"
  exit 0
else
  echo "whole so far; the end may be missing"
fi
echo "UNSEALED, $rest"
exit 3
