import { providers } from '@countersign/providers'
import type { Plugin } from 'vite'
import { toNumberWord } from '../src/model/number-word.ts'
import { pageModules } from '../src/page-modules.ts'

/** The page may run its own script, and it cannot connect to anything. */
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
 * Makes the built page work from anywhere, also from a file: browsers do not load modules from a file, so its
 * script is a classic one.
 */
export function staticPage(): Plugin {
  return {
    name: 'static-page',
    apply: 'build',
    enforce: 'pre',
    // Everything is in one script, so there is nothing to preload.
    load: (id) =>
      id.endsWith('vite/preload-helper.js') ? 'export const __vitePreload = (load) => load()' : undefined,
    // `countersign playground` builds further providers against these.
    generateBundle() {
      const names = Object.entries(pageModules).map(([path, module]) => [path, Object.keys(module)])
      this.emitFile({
        type: 'asset',
        fileName: 'shared-modules.json',
        source: JSON.stringify(Object.fromEntries(names)),
      })
    },
    transformIndexHtml: {
      order: 'post',
      handler: (html) =>
        html
          .replace('{count}', toNumberWord(providers.length))
          .replaceAll(/<script type="module" crossorigin/g, '<script defer')
          .replaceAll(' crossorigin', '')
          .replace(
            '<meta name="viewport"',
            `<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy}" />\n    <meta name="viewport"`,
          ),
    },
  }
}
