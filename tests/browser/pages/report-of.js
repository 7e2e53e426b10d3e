/** What the content security policy has forbidden since this module was imported. */
const violations = [];

// On a page the document gets these events, in a worker the global object.
(globalThis.document ?? globalThis).addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
  violations.push(`${violatedDirective} forbids ${blockedURI}`);
});

/** Returns the report of `run` with the violations, or its error as text: some browsers do not transfer errors. */
export async function reportOf(run) {
  try {
    return { ...(await run()), violations };
  } catch (error) {
    return { error: `${error.message}\n${error.stack}` };
  }
}
