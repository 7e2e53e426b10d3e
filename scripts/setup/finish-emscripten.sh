# Run by debian-packages.sh: makes the Emscripten in ./root work. emcc is then root/usr/share/emscripten/emcc, with EM_CONFIG=config.py.
set -euo pipefail
root=$PWD/root

# The programs need a newer C library than the system's. patchelf makes them use the one that was downloaded with them.
libraries=$root/usr/lib/x86_64-linux-gnu
loader=$libraries/ld-linux-x86-64.so.2
llvm=$(echo "$root"/usr/lib/llvm-*)
path=$libraries:$llvm/lib
patchelf() { "$loader" --library-path "$path" "$root/usr/bin/patchelf" "$@" 2> /dev/null; }
# The search path of a program holds for its libraries too, unless they have one of their own.
find "$libraries" "$llvm/lib" -maxdepth 1 -type f -name '*.so*' |
  while read -r library; do
    if [ -n "$(patchelf --print-rpath "$library")" ]; then patchelf --force-rpath --set-rpath "$path" "$library"; fi
  done
find -L "$llvm/bin" "$root/usr/bin" -maxdepth 1 -type f ! -name patchelf -exec readlink -f {} + | sort -u |
  while read -r program; do
    patchelf --set-interpreter "$loader" --force-rpath --set-rpath "$path" "$program" || true # fails for scripts
  done

emscripten=$root/usr/share/emscripten
ln -sfn ../nodejs "$emscripten/node_modules"
ln -sfn nodejs "$root/usr/share/node_modules"
# Debian 13's package contains the compiled system libraries. Later packages do not; Emscripten compiles them at the first link.
if [ -d "$emscripten/cache" ]; then cache=$emscripten/cache frozen=True; else cache=$PWD/cache frozen=False; fi
cat > config.py << CONFIG
LLVM_ROOT = '$llvm/bin'
BINARYEN_ROOT = '$root/usr'
NODE_JS = 'node'
CACHE = '$cache'
FROZEN_CACHE = $frozen
CONFIG
EM_CONFIG=$PWD/config.py "$emscripten/emcc" --version
