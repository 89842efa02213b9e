import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A group of pages in the sidebar and in `llms.txt`. */
export interface Section {
  title: string
  /** Files of the repository, in the order of reading. */
  sources: readonly string[]
}

/** The folder of the guides: a page that no section names is added to the guides. */
export const guides = 'Guides'

/** The section of which a reader needs one page: none of them leads to the next. */
export const start = 'Start in two minutes'

/** Where each page of the repository is shown. A provider needs no line here: the registry adds its page. */
export const sections: readonly Section[] = [
  {
    title: start,
    sources: [
      'docs/start/node.md',
      'docs/start/worker.md',
      'docs/start/shell.md',
      'docs/start/any-language.md',
    ],
  },
  { title: 'Providers', sources: [] },
  {
    title: guides,
    sources: [
      'docs/keys.md',
      'docs/signing-keys.md',
      'docs/retries.md',
      'docs/many-processes.md',
      'docs/edge-runtimes.md',
      'docs/emulators.md',
      'docs/webhooks.md',
      'docs/integrations.md',
      'docs/api-clients.md',
      'docs/containers.md',
      'docs/mcp-clients.md',
      'docs/oauth-recipes.md',
      'docs/corporate-networks.md',
      'docs/observability.md',
      'docs/adding-a-provider.md',
    ],
  },
  {
    title: 'Reference',
    sources: [
      'apps/cli/README.md',
      'docs/errors.md',
      'docs/runtimes.md',
      'packages/core/README.md',
      'packages/testing/README.md',
    ],
  },
  {
    title: 'Background',
    sources: [
      'docs/comparison.md',
      'docs/security.md',
      'SECURITY.md',
      'docs/versions.md',
      'docs/conformance.md',
      'docs/performance.md',
      'docs/architecture.md',
    ],
  },
]

/** The address of the repository's page, as the packages name it. */
export function readRepositoryUrl(root: string): string {
  const manifest = JSON.parse(readFileSync(join(root, 'packages/core/package.json'), 'utf8'))
  return manifest.repository.url.replace(/^git\+/, '').replace(/\.git$/, '')
}

/** The address of a file's page, without a slash before it: `errors`, `providers/utgl`. */
export function routeOf(source: string, providerIds: readonly string[]): string {
  if (source === 'README.md') return 'index'
  if (source === 'SECURITY.md') return 'security-policy'
  if (source === 'apps/cli/README.md') return 'command'
  const [, folder = ''] = /^packages\/([^/]+)\/README\.md$/.exec(source) ?? []
  if (folder !== '') return `${providerIds.includes(folder) ? 'providers' : 'packages'}/${folder}`
  return source.replace(/^docs\//, '').replace(/\.md$/, '')
}
