/** beside Hop 3/8 – may a page from this origin connect? Exact matches only (G8.2). Pure. */

/** `same-host`: pages that were served by the host that is asked; `*`: all; a list: these. */
export type OriginPolicy = 'same-host' | '*' | readonly string[];

/** A missing Origin is no browser page, and is allowed. */
export function isOriginAllowed(policy: OriginPolicy, origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined || policy === '*') return true;
  if (policy === 'same-host') return host !== undefined && isSameHost(origin, host);
  return policy.includes(origin.toLowerCase());
}

/** Compared as URLs, so that a port that is the default of the scheme may be written or left out. */
function isSameHost(origin: string, host: string): boolean {
  const page = URL.parse(origin);
  if (page === null || page.host === '') return false;
  return URL.parse(`${page.protocol}//${host}`)?.host === page.host;
}

/** The form in which browsers send an origin; null when the text is none. */
export function normalizeOrigin(text: string): string | null {
  const url = URL.parse(text);
  return url === null || url.origin === 'null' ? null : url.origin;
}
