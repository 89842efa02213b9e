/** Where the site is published. */
export interface SiteAddress {
  /** The path of the first page, with a slash at both ends. */
  base: string
  /** The address of the first page, where it is known. */
  url?: string
}

/**
 * The variable `SITE_URL`, such as `https://countersign.github.io/countersign/`. Without it, the site is at the root
 * of a host that is not known: links begin with a slash, and there is no sitemap, which needs whole addresses.
 */
export function readSiteAddress({ SITE_URL: text }: NodeJS.ProcessEnv = process.env): SiteAddress {
  if (text === undefined || text === '') return { base: '/' }
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || `${url.origin}${url.pathname}` !== text || !text.endsWith('/'))
    throw new Error('SITE_URL must be an address without query and fragment, with a trailing slash.')
  return { base: url.pathname, url: text }
}

/** The address of a page or file, whose path begins with a slash: whole if that of the site is known. */
export function addressOf({ base, url = base }: SiteAddress, path: string): string {
  return `${url}${path.slice(1)}`
}
