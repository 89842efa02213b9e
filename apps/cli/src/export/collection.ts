import type { Provider } from '@countersign/core'
import { escapeHiddenCharacters } from '@countersign/core/provider'
import { usageProblem } from '../option-problems.ts'
import type { MountSpec } from '../proxy/mounts.ts'
import { toBaseUrl } from '../proxy/serve-mounts.ts'
import { shellQuote } from '../shell-quote.ts'

/** Requests that go through the proxy, for every format. */
export interface Collection {
  /** A name on one line. */
  title: string
  /** The command that starts the proxy. */
  command: string
  /** The variables that hold base URLs, with the address of the proxy on this computer. */
  baseUrls: readonly { name: string; value: string }[]
  requests: readonly CollectionRequest[]
}

/** One request of a {@link Collection}. */
export interface CollectionRequest {
  /** A name on one line. */
  title: string
  /** The name of a file, without its extension: lower-case letters, digits, hyphens and underscores. */
  fileName: string
  /** In upper case. */
  method: string
  /** The name of the variable that holds the base URL. */
  baseUrl: string
  /** What follows the base URL, with a leading slash: only characters that every format takes as they are. */
  path: string
}

/** The variable for the secret of the proxy; no format holds its value. */
export const secretName = 'proxySecret'

/** A provider that is served by the proxy. */
export interface ExportedMount {
  spec: MountSpec
  provider: Provider
  /** The provider's base URL. Only its path becomes part of the collection. */
  baseUrl: string
}

/** The collection for mounts that the proxy serves on `port`, unless they have a port of their own. */
export function createCollection(
  mounts: readonly ExportedMount[],
  { port, words }: { port: number; words: readonly string[] },
): Collection {
  const places = uniqueNames(mounts.map(({ spec: { name } }) => name.replace(/\W+/g, '_').replace(/^_/, '')))
  const files = uniqueNames(
    mounts.map(({ spec: { provider, profile } }) =>
      [provider, profile]
        .filter((part) => part !== undefined)
        .join('-')
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '-'),
    ),
    filesOfBruno,
  )
  const nameOf = (index: number) => (places[index] === '' ? 'baseUrl' : `baseUrl_${places[index]}`)
  const titles = mounts.map(({ spec: { profile }, provider: { title } }) =>
    escapeHiddenCharacters(profile === undefined ? title : `${title} (${profile})`),
  )
  return {
    title: `Countersign: ${titles.join(', ')}`,
    command: ['countersign', 'proxy', ...words].map(shellQuote).join(' '),
    baseUrls: mounts.map(({ spec, baseUrl }, index) => ({
      name: nameOf(index),
      value: toBaseUrl({
        spec: { prefix: spec.prefix, open: { baseUrl } },
        url: `http://127.0.0.1:${spec.port ?? port}`,
      }),
    })),
    requests: mounts.map(({ provider }, index) => {
      const path = toPath(provider.example.path)
      return {
        title: `${titles[index]} ${path.replace(/\?.*/, '')}`,
        fileName: files[index] ?? '',
        method: toMethod(provider),
        baseUrl: nameOf(index),
        path,
      }
    }),
  }
}

/** What Bruno reads as settings and not as a request. */
const filesOfBruno = ['collection', 'folder']

/** The same names, with a number after one that is reserved or occurred before. */
function uniqueNames(names: readonly string[], reserved: readonly string[] = []): string[] {
  const taken = new Set(reserved)
  return names.map((name) => {
    let unique = name
    for (let count = 2; taken.has(unique); count += 1) unique = `${name}_${count}`
    taken.add(unique)
    return unique
  })
}

/** Characters of paths and queries in RFC 3986; none of them begins a template, a comment or a string anywhere. */
const notInTarget = /[^\w.~:/?@!$&'()*+,;=%-]/g

/**
 * A path as the proxy takes it. Braces, which would begin a template, are percent-encoded, and so is a colon at the
 * beginning of a segment, which would make it a parameter in Bruno and Postman.
 */
function toPath(text: string): string {
  const { pathname, search } = new URL(`http://localhost/${text}`)
  return `${pathname}${search}`.replace(notInTarget, encodeURIComponent).replaceAll('/:', '/%3A')
}

function toMethod(provider: Provider): string {
  const { method } = provider.example
  if (/^[A-Z]{1,32}$/.test(method)) return method
  throw usageProblem(
    provider,
    'The method of its example request cannot be exported: it must consist of upper-case letters.',
    'Correct `example.method` in the descriptor of the provider.',
  )
}
