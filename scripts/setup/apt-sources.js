/**
 * Reads apt's sources entries, to reach another release of the archive that the machine itself
 * uses: no mirror is written down in this project.
 */

/**
 * The entry of Debian's main archive for `suite`, rewritten to `wantedSuite`, or null.
 * `files` is a list of { name, text }; the name's ending tells the format, as it does for apt.
 * Returns { extension, text } for a sources folder of its own.
 */
export function entryForSuite(files, suite, wantedSuite) {
  const entries = files.flatMap(({ name, text }) =>
    name.endsWith('.sources') ? deb822Entries(text, suite, wantedSuite) : oneLineEntries(text, suite, wantedSuite),
  );
  // Other vendors name their suites after Debian's too; only the archive has Debian's own mark.
  return entries.find(({ isDebian }) => isDebian) ?? entries[0] ?? null;
}

function oneLineEntries(text, suite, wantedSuite) {
  const entries = [];
  for (const line of text.split('\n')) {
    const match = line.match(/^\s*deb\s+(\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+([^#]+)/);
    if (!match) continue;
    const [, options = '', uri, lineSuite, components] = match;
    if (lineSuite !== suite || !words(components).includes('main')) continue;
    entries.push({
      extension: 'list',
      isDebian: isDebianArchive(uri, options),
      text: `deb ${options}${uri} ${wantedSuite} main\n`,
    });
  }
  return entries;
}

function deb822Entries(text, suite, wantedSuite) {
  const entries = [];
  // Comments may stand anywhere, also between the lines of one stanza.
  const stanzas = text.replace(/^#.*\n?/gm, '').split(/\n\s*\n/);
  for (const stanza of stanzas) {
    const fields = stanza
      .split(/\n(?=\S)/)
      .map((field) => field.trim())
      .filter(Boolean);
    const value = (name) => {
      const found = fields.find((field) => field.toLowerCase().startsWith(`${name}:`));
      return found?.slice(name.length + 1).trim() ?? '';
    };
    if (/^(no|false|off|without|disable|0)$/i.test(value('enabled'))) continue;
    if (!words(value('types')).includes('deb')) continue;
    if (!words(value('suites')).includes(suite)) continue;
    if (!words(value('components')).includes('main')) continue;
    const kept = fields.filter((field) => !/^(types|suites|components):/i.test(field));
    entries.push({
      extension: 'sources',
      isDebian: isDebianArchive(value('uris'), value('signed-by')),
      text: `Types: deb\n${kept.join('\n')}\nSuites: ${wantedSuite}\nComponents: main\n`,
    });
  }
  return entries;
}

function isDebianArchive(uris, options) {
  return (
    options.includes('debian-archive-keyring') || words(uris).some((uri) => /^[^/]*\/\/[^/]+\/debian\/?$/.test(uri))
  );
}

function words(text) {
  return text.split(/\s+/).filter(Boolean);
}
