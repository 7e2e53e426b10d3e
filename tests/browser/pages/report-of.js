/** What the content security policy forbids here, from the moment that this is imported. */
const violations = [];

// On a page it is the document that hears of them.
(globalThis.document ?? globalThis).addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
  violations.push(`${violatedDirective} forbids ${blockedURI}`);
});

/** The report that `run` gives, with the violations; or its error as a text, because not every browser hands over errors whole. */
export async function reportOf(run) {
  try {
    return { ...(await run()), violations };
  } catch (error) {
    return { error: `${error.message}\n${error.stack}` };
  }
}
