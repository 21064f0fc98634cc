"""systemd's unit files where systemd is installed but does not run (a container, a broken boot): what would start, read from disk.

``systemctl --root=/ list-unit-files`` says the same, but walks all links once for every unit: a third of a second. This reads every
folder and every ``[Install]`` line once. Its rows are systemctl's: unit and state.
"""

from __future__ import annotations

# Without a running systemd there are neither generated units nor runtime links; only what packages and the administrator laid down.
# `entry` holds what a folder's name leads to: a file, nothing (masked), the same name elsewhere, or another unit (an alias).
ON_DISK = r"""
r=
set -- "$r/etc/systemd/system" "$r/usr/local/lib/systemd/system" "$r/usr/lib/systemd/system"
[ "$r/lib/systemd" -ef "$r/usr/lib/systemd" ] || set -- "$@" "$r/lib/systemd/system"
for d in "$r"/etc/systemd/system/*.wants "$r"/etc/systemd/system/*.requires "$r"/etc/systemd/system/*.upholds; do
  [ -d "$d" ] && set -- "$@" "$d"
done
{
  ls -lnA "$@" 2>/dev/null; echo =
  for d; do
    case $d in */system) grep -sE '^(WantedBy|RequiredBy|UpheldBy|Alias|Also|DefaultInstance)[[:space:]]*=.' /dev/null "$d"/*.* "$d"/*.d/*.conf;; esac
  done 2>/dev/null
} | awk -v dirs="$*" -v r="$r" '
function base(p) { sub(/\/+$/, "", p); sub(/.*\//, "", p); return p }
function bare(n) { if (n ~ /@/) sub(/@.*\./, "@.", n); return n }
function tail(n) { sub(/.*\./, "", n); return n }
function folder(p) { return p ~ /\// ? (p ~ /^\// ? r substr(p, 1, length(p) - length(base(p)) - 1) : "?") : d }
function same(to) { return folder(to) == d ? "bad" : d ~ /\/etc\/systemd\/system$/ && index(" " dirs " ", " " folder(to) " ") == 0 ? "linked" : "file" }
function rank(  c, i, j, m, w, n) {
  c = split(dirs, dir, " ")
  for (i = 1; i <= c; i++) {
    m = split(list[dir[i]], w, " ")
    for (j = 1; j <= m; j++) { n = w[j]; if (!(n in at)) { at[n] = dir[i]; kind[n] = entry[dir[i], n]; order[++total] = n } }
  }
}
function state(n,  k, i, x) {
  k = kind[n]; x = ""
  if (k == "masked" || k == "bad") return k
  if (k != "file" && k != "linked") return (k in at) && kind[k] != "bad" && tail(k) == tail(n) ? "alias" : "bad"
  for (i = 1; i <= links; i++) {
    if (link[i] != n && bare(link[i]) != n && goal[i] != n) continue
    if (link[i] == n && main[i]) continue
    if (link[i] == n || (n, link[i]) in known || (n ~ /@\./ && (n in usual) && link[i] == spell(n, usual[n]))) return "enabled"
    if (goal[i] == n && tail(link[i]) == tail(n) && (main[i] || bare(link[i]) == n)) x = "indirect"
  }
  if (k == "linked") return k
  if (x != "") return x
  return (n in rule) ? "disabled" : (n in also) ? "indirect" : "static"
}
function spell(n, instance) { sub(/@\./, "@" instance ".", n); return n }
$0 == "=" { files = 1; rank(); next }
files {
  i = index($0, ":"); p = substr($0, 1, i - 1); s = substr($0, i + 1)
  n = base(p); drop = n ~ /\.conf$/; sub(/\/[^\/]*$/, "", p)
  if (drop) { n = base(p); sub(/\.d$/, "", n) } else if (at[n] != p && kind[n] != "linked") next
  k = s; sub(/[ \t]*=.*/, "", k); sub(/^[^=]*=/, "", s); m = split(s, w, " ")
  if (m == 0) next
  if (k == "Also") { also[n]; next }
  if (k == "DefaultInstance") { usual[n] = w[1]; next }
  rule[n]
  if (k == "Alias") for (j = 1; j <= m; j++) known[n, w[j]]
  next
}
/^\/.*:$/ { d = substr($0, 1, length($0) - 1); next }
/^[-l]/ {
  n = $9; goes = /^l/; to = goes ? $11 : ""
  if (n !~ /^[A-Za-z0-9:_.\\@-]+\.(service|socket|device|mount|automount|swap|target|path|timer|slice|scope)$/) next
  if (d !~ /\/system$/) { if (goes) { links++; link[links] = n; goal[links] = base(to); main[links] = 0 }; next }
  if (goes && d ~ /\/etc\/systemd\/system$/ && base(to) != n) { links++; link[links] = n; goal[links] = base(to); main[links] = 1 }
  entry[d, n] = !goes ? ($5 == 0 ? "masked" : "file") : to == "/dev/null" ? "masked" : base(to) == n ? same(to) : base(to)
  list[d] = list[d] " " n
}
END { for (i = 1; i <= total; i++) print "|" order[i] " " state(order[i]); print "|rc=0" }'
"""
