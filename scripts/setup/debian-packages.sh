#!/usr/bin/env bash
# Usage: debian-packages.sh FOLDER FINISH PACKAGE/RELEASE...
#
# Downloads packages, each of a Debian release (bookworm, trixie, testing), with all packages that they need, and unpacks them into
# FOLDER/root. A PACKAGE src:NAME only selects the release of all packages that are built from the source package NAME, if they are needed.
# Then runs the script FINISH in FOLDER, if it is not empty. The rest of the system does not change, and root is not needed.
# FOLDER/complete is the last file that the script writes; if it exists, there is nothing to do. Several runs at once wait for each other.
set -euo pipefail
folder=$1 finish=$2
shift 2
mkdir -p "$(dirname "$folder")"
exec 9> "$folder.lock"
flock --nonblock 9 || { echo "Waiting for another run that sets up $folder"; flock 9; }
[ ! -f "$folder/complete" ] || exit 0

# apt knows the address of the Debian archive from the machine's own sources. The same archive has the other releases.
own=$(. /etc/os-release && echo "$VERSION_CODENAME")
archives=$(apt-get update --print-uris | sed -n "s#^'\(.*\)/dists/$own/InRelease'.*#\1#p")
archive=$(grep --max-count 1 '/debian/*$' <<< "$archives" || head -n 1 <<< "$archives") # other vendors use Debian's release names too
if [ -z "$archive" ]; then
  echo "apt has no source of Debian's main archive for $own. Add one to /etc/apt/sources.list and try again." >&2
  exit 1
fi

rm -rf "$folder"
mkdir -p "$folder"/{root,apt/parts,apt/lists/partial,apt/cache/archives/partial}
cd "$folder"
for release in $(printf '%s\n' "${@#*/}" | sort -u); do
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $archive $release main"
done > apt/parts/debian.list
for package in "$@"; do
  printf 'Package: %s\nPin: release n=%s\nPin-Priority: 1001\n\n' "${package%/*}" "${package#*/}"
done > apt/preferences
touch apt/status # Empty, so that no package counts as installed.
private=(-o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::preferences=$folder/apt/preferences" -o Dir::Etc::preferencesparts=/dev/null
  -o "Dir::Etc::sourceparts=$folder/apt/parts" -o "Dir::State::Lists=$folder/apt/lists"
  -o "Dir::Cache=$folder/apt/cache" -o "Dir::State::status=$folder/apt/status" -o APT::Sandbox::User=root
  -o APT::Install-Recommends=false -o APT::Update::Error-Mode=any -o Acquire::Languages=none)
echo "Downloading $*"
apt-get "${private[@]}" update
apt-get "${private[@]}" --yes --download-only install $(printf '%s\n' "${@%/*}" | grep -v ^src:)
echo "Unpacking the packages"
for package in apt/cache/archives/*.deb; do
  # Node, Python and Perl of the system are used; compilers and headers for the system itself are not.
  case ${package##*/} in
    nodejs* | libnode* | python3* | libpython3* | perl* | libperl* | ccache* | gcc-* | g++-* | cpp-* | libgcc-*-dev* | libstdc++-*-dev* | libc6-dev* | linux-libc-dev*) ;;
    # The build uses no link-time optimization. Emscripten's libraries for it take 850 MB of 2.2 GB.
    *) dpkg --fsys-tarfile "$package" | tar -xp -C root --exclude '*/wasm32-emscripten/lto*' ;;
  esac
done
rm -rf apt
[ -z "$finish" ] || bash "$finish"
touch complete
