import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { BuildFailure, Plugin } from 'esbuild'
import { requireFrom } from '../require-from.ts'
import { UsageError } from '../usage-error.ts'
import type { PageFiles } from './page.ts'

/** A provider of a package, as the page needs it. */
export interface PageProvider {
  packageName: string
  /** Name of the factory that the package exports, for snippets. */
  factory: string
  provider: ModuleExport
  emulator: ModuleExport
}

/** An export of a module. */
export interface ModuleExport {
  /** The path of the module. */
  file: string
  name: string
}

/** The page with further providers, and what is wrong with those that it cannot show. */
export interface ExtendedPage {
  files: PageFiles
  problems: readonly UsageError[]
}

/**
 * Adds providers to the built page. Each becomes one classic script, in the HTML after the page's own, so that one
 * that fails harms no other, and nothing is requested later. They share the page's copy of core.
 *
 * @param modules folders of packages in which esbuild is looked for, in this order.
 * @param hint how to install it.
 * @throws {UsageError} when esbuild is not installed.
 */
export async function addProviderScripts(
  page: PageFiles,
  providers: readonly PageProvider[],
  { modules, hint }: { modules: readonly string[]; hint: string },
): Promise<ExtendedPage> {
  if (providers.length === 0) return { files: page, problems: [] }
  const { build } = loadEsbuild(modules, hint)
  const plugin = shareModules(readShared(page))
  const files = new Map(page)
  const problems: UsageError[] = []
  const paths: string[] = []
  for (const provider of providers) {
    try {
      const { outputFiles } = await build({
        stdin: { contents: toSource(provider), resolveDir: join(provider.provider.file, '..') },
        bundle: true,
        write: false,
        format: 'iife',
        platform: 'browser',
        target: 'es2022',
        minify: true,
        charset: 'ascii',
        define: { 'process.env.NODE_ENV': '"production"' },
        legalComments: 'none',
        logLevel: 'silent',
        plugins: [plugin],
      })
      const path = `assets/provider-${paths.length + 1}.js`
      files.set(path, outputFiles[0]?.contents ?? new Uint8Array())
      paths.push(path)
    } catch (error) {
      problems.push(toUsageError(error as BuildFailure, provider))
    }
  }
  const html = new TextDecoder().decode(page.get('index.html'))
  const scripts = paths.map((path) => `<script defer src="./${path}"></script>`).join('')
  // After the page's own script: deferred scripts run in the order of the HTML.
  files.set('index.html', new TextEncoder().encode(html.replace('</head>', () => `${scripts}</head>`)))
  return { files, problems }
}

/** The file in which the page's build lists what each of the modules exports that the page shares. */
const sharedFile = 'shared-modules.json'

type Shared = Readonly<Record<string, readonly string[]>>

function readShared(page: PageFiles): Shared {
  return JSON.parse(new TextDecoder().decode(page.get(sharedFile)))
}

/** In quotes, a name cannot be anything but a name. */
const toName = ({ name }: ModuleExport) => JSON.stringify(name)

function toSource({ packageName, factory, provider, emulator }: PageProvider): string {
  const quote = JSON.stringify
  return [
    `import { ${toName(provider)} as provider } from ${quote(provider.file)}`,
    `import { ${toName(emulator)} as createEmulator } from ${quote(emulator.file)}`,
    `countersign.add({ provider, createEmulator, packageName: ${quote(packageName)}, factory: ${quote(factory)} })`,
  ].join('\n')
}

/** Lets packages use the modules that the page has: a copy of core in each would be larger than the page. */
function shareModules(shared: Shared): Plugin {
  const namespace = 'countersign'
  return {
    name: namespace,
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^@countersign\/core(?:\/|$)/ }, ({ path }) =>
        Object.hasOwn(shared, path) ? { path, namespace } : undefined,
      )
      onLoad({ filter: /./, namespace }, ({ path }) => ({
        contents: `export const { ${shared[path]?.join(', ')} } = countersign.modules[${JSON.stringify(path)}]`,
      }))
    },
  }
}

function loadEsbuild(modules: readonly string[], hint: string): typeof import('esbuild') {
  for (const folder of modules) {
    const manifest = join(folder, 'esbuild/package.json')
    if (existsSync(manifest)) return requireFrom(manifest)('esbuild')
  }
  throw new UsageError(
    'The page shows providers of packages with the help of esbuild, which is not installed.',
    hint,
  )
}

function toUsageError({ errors, message }: BuildFailure, { packageName }: PageProvider): UsageError {
  const [first] = errors ?? []
  return new UsageError(
    `The page cannot show the provider package ${packageName}: ${first?.text ?? message}`,
    'Its ./provider and ./emulator must run in a browser, with the modules of @countersign/core that this command has.',
  )
}
