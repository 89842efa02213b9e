import type { Plugin } from 'vite'

/** What the page may do: run its own script. It may connect to nothing. */
export const contentSecurityPolicy: string = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self'",
  "connect-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

/**
 * Makes the built page one that works from anywhere, a file included: browsers load no module from a file, so
 * its script is a plain one.
 */
export function staticPage(): Plugin {
  return {
    name: 'static-page',
    apply: 'build',
    enforce: 'pre',
    // Everything is in one script: there is nothing that could be loaded before it is asked for.
    load: (id) =>
      id.endsWith('vite/preload-helper.js') ? 'export const __vitePreload = (load) => load()' : undefined,
    transformIndexHtml: {
      order: 'post',
      handler: (html) =>
        html
          .replaceAll(/<script type="module" crossorigin/g, '<script defer')
          .replaceAll(' crossorigin', '')
          .replace(
            '<meta name="viewport"',
            `<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy}" />\n    <meta name="viewport"`,
          ),
    },
  }
}
