# Run by debian-packages.sh: makes the Emscripten in ./root work. emcc is then root/usr/share/emscripten/emcc, with EM_CONFIG=config.py.
set -euo pipefail
root=$PWD/root

# The programs need a newer C library than the system's. Wrappers run them with the libraries that were downloaded with them. clang looks
# for its headers next to the program that runs, which is the loader, so the wrapper passes their folder.
llvm=$(echo "$root"/usr/lib/llvm-*)
headers=$(echo "$llvm"/lib/clang/*)
mkdir -p tools/bin
for program in "$llvm"/bin/* "$root"/usr/bin/wasm*; do
  name=${program##*/}
  case $name in clang | clang++) options="-resource-dir $headers" ;; *) options= ;; esac
  cat > "tools/bin/$name" << WRAPPER
#!/bin/sh
exec "$root/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2" --library-path "$root/usr/lib/x86_64-linux-gnu:$llvm/lib" "$program" $options "\$@"
WRAPPER
  chmod +x "tools/bin/$name"
done

emscripten=$root/usr/share/emscripten
ln -sfn ../nodejs "$emscripten/node_modules"
ln -sfn nodejs "$root/usr/share/node_modules"
# Debian 13's package contains the compiled system libraries. Later packages do not; Emscripten compiles them at the first link.
if [ -d "$emscripten/cache" ]; then cache=$emscripten/cache frozen=True; else cache=$PWD/cache frozen=False; fi
cat > config.py << CONFIG
LLVM_ROOT = '$PWD/tools/bin'
BINARYEN_ROOT = '$PWD/tools'
NODE_JS = 'node'
CACHE = '$cache'
FROZEN_CACHE = $frozen
CONFIG
EM_CONFIG=$PWD/config.py "$emscripten/emcc" --version
