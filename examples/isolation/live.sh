#!/bin/sh
# 用网络命名空间搭一对区域，跑一遍两端隔离测试：live.sh SHIQU OUT [leak]（需要 root 和 iproute2）。
# A pair of zones made of network namespaces, and the whole two-ended test on it: live.sh SHIQU OUT [leak] (needs root and iproute2).
# With `leak` a carried-in router that no host has a route to stands between the zones and translates addresses (where nft is there).
set -eu
shiqu=$1 out=$2 leak=${3-} here=$(cd "$(dirname "$0")" && pwd) tag="sqx$$"
seconds=${SECONDS_OF_WINDOW:-30}
mkdir -p "$out"
tidy() {
    for name in inner outer near far middle; do ip netns pids "$tag$name" 2>/dev/null | xargs -r kill 2>/dev/null || :; done
    for name in inner outer near far middle; do ip netns del "$tag$name" 2>/dev/null || :; done
}
trap tidy EXIT
trap 'exit 1' INT TERM
for name in inner outer near far middle; do ip netns add "$tag$name"; ip -n "$tag$name" link set lo up; done
# One switch a side, each in the namespace of that side's second host.
segment() { # switch namespace, its address, member namespaces with addresses …
    switch=$1 address=$2 number=$3
    shift 3
    ip -n "$tag$switch" link add br0 address "02:53:51:00:0$number:01" type bridge
    ip -n "$tag$switch" addr add "$address/24" dev br0
    ip -n "$tag$switch" link set br0 up
    port=1
    while [ $# -gt 0 ]; do
        ip link add name "e$number" netns "$tag$1" address "02:53:51:00:0$number:1$port" type veth peer name "p$port" netns "$tag$switch"
        ip -n "$tag$switch" link set "p$port" master br0 up
        ip -n "$tag$1" addr add "$2/24" dev "e$number"
        ip -n "$tag$1" link set "e$number" up
        port=$((port + 1))
        shift 2
    done
}
if [ -n "$leak" ]; then
    segment near 192.0.2.20 1 inner 192.0.2.10 middle 192.0.2.66
    segment far 198.51.100.1 2 outer 198.51.100.50 middle 198.51.100.66
    ip netns exec "${tag}middle" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward
        command -v nft >/dev/null 2>&1 && nft "table ip n { chain out { type nat hook postrouting priority 100; oifname \"e2\" masquerade; }; }" || :'
else
    segment near 192.0.2.20 1 inner 192.0.2.10
    segment far 198.51.100.1 2 outer 198.51.100.50
fi
"$shiqu" isolation plan -i "$here/inventory.yaml" --pair lan:internet --seconds "$seconds" --rate 8000 -o "$out/plan.json" >"$out/log"
ip netns exec "${tag}outer" "$shiqu" isolation listen "$out/plan.json" --interface e2 -o "$out/outer.zip" >>"$out/listen.log" 2>&1 &
listener=$!
tries=0
until grep -q '^listening' "$out/listen.log" 2>/dev/null || [ $tries -ge 150 ]; do sleep 0.2; tries=$((tries + 1)); done
ip netns exec "${tag}inner" "$shiqu" isolation probe "$out/plan.json" --interface e1 -o "$out/inner.zip" >>"$out/log"
kill -TERM $listener 2>/dev/null || :
wait $listener || :
code=0
"$shiqu" isolation join "$out/plan.json" "$out/inner.zip" "$out/outer.zip" -i "$here/inventory.yaml" -o "$out" >>"$out/log" || code=$?
tail -n 2 "$out/log"
exit $code
