import { generateKeyPairSync } from 'node:crypto'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'

const here = import.meta.dirname
const root = fileURLToPath(new URL('../..', import.meta.url))
const contracts = globSync('packages/*/test/contract.test.ts', { cwd: root }).sort()

/** Where a suite is to run. */
export interface Target {
  /** Folder with the packed packages in `node_modules`. */
  folder: string
  /** The runtime has the modules and server sockets of Node, and finds packages itself. */
  likeNode: boolean
  /** Conditions of the runtime's resolver, for a bundle without `import` statements. */
  conditions?: readonly string[]
}

/** One script that declares the smoke and the contract of every adapter, and exports `run`. */
export async function bundleSuite({ folder, likeNode, conditions = [] }: Target): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: entry(), resolveDir: here, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: likeNode ? 'node' : 'neutral',
    target: 'es2022',
    mainFields: ['module', 'main'],
    ...(likeNode ? {} : { conditions: [...conditions, 'import'] }),
    external: likeNode ? ['@countersign/core', ...adapters()].flatMap((name) => [name, `${name}/*`]) : [],
    // The fake timers ask for modules of Node by `require`.
    ...(likeNode
      ? {
          banner: {
            js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)",
          },
        }
      : {}),
    nodePaths: [join(folder, 'node_modules')],
    plugins: [published(folder), ...(likeNode ? [] : [withoutNode()]), standIns()],
    logLevel: 'error',
  })
  return outputFiles[0]?.text ?? ''
}

function adapters(): string[] {
  return contracts.map((path) => `@countersign/${path.split('/')[1]}`)
}

function entry(): string {
  const imports = contracts.map((path) => `import '${join(root, path)}'`)
  return [`import './smoke.ts'`, ...imports, `export { runTests as run } from './harness.ts'`].join('\n')
}

/** The suites are sources; what they test is what was packed. */
function published(folder: string): Plugin {
  return {
    name: 'published',
    setup({ onResolve, resolve }) {
      // The packages have no side effects; their suites do.
      onResolve({ filter: /\/contract\.test\.ts$/ }, ({ path }) => ({ path, sideEffects: true }))
      onResolve({ filter: /^\.\.\/src\/[\w-]+-(provider|emulator)\.ts$/ }, ({ path, importer }) => {
        const [, id] = /packages\/([^/]+)\/test\/contract\.test\.ts$/.exec(importer) ?? []
        const part = path.endsWith('-provider.ts') ? 'provider' : 'emulator'
        return id === undefined
          ? undefined
          : resolve(`@countersign/${id}/${part}`, { kind: 'import-statement', resolveDir: folder })
      })
      onResolve({ filter: /^@countersign\/(testing|providers)$/ }, ({ path }) => ({
        path: join(root, 'packages', path.slice('@countersign/'.length), 'src/index.ts'),
      }))
      onResolve({ filter: /^@countersign\// }, ({ path, resolveDir, kind }) =>
        resolveDir === folder || path === '@countersign/fixtures'
          ? undefined
          : resolve(path, { kind, resolveDir: folder }),
      )
    },
  }
}

/** Modules of the suite that need Node. */
function withoutNode(): Plugin {
  return {
    name: 'without-node',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /\/(serve-emulator|recording-server)\.ts$/ }, () => ({
        path: join(here, 'in-process.ts'),
      }))
      onResolve({ filter: /^(node:.*|util|timers|timers\/promises)$/ }, ({ path }) => ({
        path,
        namespace: 'no-node',
      }))
      onLoad({ filter: /.*/, namespace: 'no-node' }, ({ path }) => ({
        contents: path === 'node:crypto' ? madeBefore() : 'module.exports = {}',
      }))
    },
  }
}

/** The keys that the suite generates, made while it is bundled. */
function madeBefore(): string {
  const pem = (pair: { privateKey: { export(options: object): unknown } }) =>
    JSON.stringify(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }))
  const short = pem(generateKeyPairSync('rsa', { modulusLength: 1024 }))
  const elliptic = pem(generateKeyPairSync('ec', { namedCurve: 'P-256' }))
  return `export const generateKeyPairSync = (kind) =>
    ({ privateKey: { export: () => (kind === 'rsa' ? ${short} : ${elliptic}) } })
  export const constants = {}, createHmac = undefined, sign = undefined`
}

function standIns(): Plugin {
  const pair = () =>
    generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    })
  const keys = JSON.stringify({ own: pair(), other: pair() })
  return {
    name: 'stand-ins',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^vitest$/ }, () => ({ path: join(here, 'harness.ts') }))
      onResolve({ filter: /^(virtual:keys|@countersign\/fixtures)$/ }, () => ({
        path: 'keys',
        namespace: 'keys',
      }))
      onLoad({ filter: /.*/, namespace: 'keys' }, () => ({
        contents: `export default ${keys}\nexport const suiteKeys = ${keys}`,
      }))
    },
  }
}
