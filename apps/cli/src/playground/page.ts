import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { UsageError } from '../usage-error.ts'

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  txt: 'text/plain; charset=utf-8',
  woff2: 'font/woff2',
}

/** What the page has in its own policy, and that it is shown in no frame. */
const headers: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-cache',
}

/** The answer to a request for a part of the page: one of its files, and nothing else of the computer. */
export function answerPage(files: PageFiles, { method, url }: Pick<Request, 'method' | 'url'>): Response {
  if (method !== 'GET' && method !== 'HEAD')
    return new Response(null, { status: 405, headers: { allow: 'GET, HEAD' } })
  const path = new URL(url).pathname.slice(1) || 'index.html'
  const file = files.get(path)
  if (file === undefined) return new Response('There is no such file.\n', { status: 404, headers })
  const type = types[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream'
  const body = method === 'HEAD' ? null : (file as Uint8Array<ArrayBuffer>)
  return new Response(body, { headers: { ...headers, 'content-type': type } })
}

/** The files of the built page, by their path below it, such as `assets/index.js`. */
export type PageFiles = ReadonlyMap<string, Uint8Array>

/**
 * Reads the built page, which is next to the command or inside the executable.
 *
 * @throws {UsageError} when it was not built.
 */
export async function readPageFiles(script: string): Promise<PageFiles> {
  const within = readAssets()
  if (within !== undefined) return within
  const folder = script.endsWith('.ts')
    ? join(dirname(script), '../../playground/dist')
    : join(dirname(script), 'playground')
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
  const files = await Promise.all(
    paths.map(async (path) => [path.replaceAll(sep, '/'), await readFile(join(folder, path))] as const),
  )
  if (!paths.includes('index.html'))
    throw new UsageError('The page is not built. In a clone of the repository, run `pnpm build`.')
  return new Map(files)
}

const prefix = 'playground/'

/** The page inside a single executable; `undefined` for an installed command. */
function readAssets(): PageFiles | undefined {
  const sea = process.getBuiltinModule('node:sea')
  if (sea?.isSea() !== true) return undefined
  const names = sea.getAssetKeys().filter((name) => name.startsWith(prefix))
  return new Map(names.map((name) => [name.slice(prefix.length), new Uint8Array(sea.getRawAsset(name))]))
}
