#!/bin/sh
# Installs shiqu on a machine without a network, from the folder this script stands in: sh install.sh [--hub] [TARGET-FOLDER]
set -eu
extra=
[ "${1:-}" != --hub ] || { extra='[hub]'; shift; }
here=$(cd "$(dirname "$0")" && pwd)
into=${1:-/opt/shiqu}
case $(uname -m) in
x86_64) arch=x86_64 ;;
aarch64) arch=aarch64 ;;
*) echo "不支持的处理器架构 $(uname -m)：请改用 x86_64 或 aarch64 / unsupported machine" >&2; exit 2 ;;
esac
python=${PYTHON:-python3.11}
(cd "$here" && sha256sum -c --quiet SHA256SUMS) || { echo "安装包与校验和不符：请重新拷贝整个文件夹 / the bundle does not match its checksums: copy it again" >&2; exit 5; }
"$python" -m venv "$into"
"$into/bin/pip" install -q --no-index --find-links "$here/$arch" "$(ls "$here"/shiqu-*.whl)$extra"
echo "已安装 / installed: $into/bin/shiqu"
