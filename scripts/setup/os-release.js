import { readFileSync } from 'node:fs';

/** The codename of the Debian release of this machine, such as bookworm; null on other systems. */
export function debianSuite() {
  try {
    return parseDebianSuite(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return null;
  }
}

export function parseDebianSuite(text) {
  const field = (name) => text.match(new RegExp(`^${name}="?([^"\n]*)"?$`, 'm'))?.[1];
  // Ubuntu and others call themselves like Debian (ID_LIKE), but have other packages.
  return field('ID') === 'debian' ? (field('VERSION_CODENAME') ?? null) : null;
}
