import { builtinModules } from 'node:module'
import { posix } from 'node:path'
import { adapters } from './adapter-shape.ts'
import type { Package, SourceFile } from './source-tree.ts'

const ofCore = ['jose', 'ky', 'zod']

/** Apps stand on adapters, adapters on core, core on three packages and on no runtime in particular. */
export function checkArrows(packages: readonly Package[]): string[] {
  return packages.flatMap((owner) => owner.files.flatMap((file) => checkFile(owner, file)))
}

function checkFile(owner: Package, { path, imports }: SourceFile): string[] {
  return imports.flatMap(({ specifier }) => {
    if (specifier.startsWith('.')) {
      const target = posix.join(posix.dirname(path), specifier)
      return target.startsWith(`${owner.folder}/`) ? [] : [`${path} reaches into ${target}`]
    }
    const fault = faultOf(owner, path, specifier)
    return fault === undefined ? [] : [`${path} imports ${specifier}: ${fault}`]
  })
}

function faultOf({ folder, id }: Package, path: string, specifier: string): string | undefined {
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
  const own = name.startsWith('@countersign/') ? name.slice('@countersign/'.length) : undefined
  const isBuiltin = builtinModules.includes(name) || name.startsWith('node:')
  if (folder === 'packages/core') {
    if (own !== undefined) return 'core stands on no other package of this house'
    if (path.startsWith(`${folder}/src/node/`)) return undefined
    if (isBuiltin) return 'core has Node built-ins in src/node only'
    return specifier.startsWith('#') || ofCore.includes(name)
      ? undefined
      : 'core imports jose, ky and zod only'
  }
  if (folder === 'packages/testing')
    return own === undefined || own === 'core' ? undefined : 'what tests share stands on core only'
  if (own === 'testing') return 'what is published does not import what tests share'
  if (!folder.startsWith('packages/')) return undefined
  if (adapters.includes(id)) {
    if (own !== undefined && own !== 'core') return 'adapters do not know each other'
    return own === 'core' ? undefined : 'adapters import core only'
  }
  return own === undefined || own === 'core' ? undefined : 'packages stand on core only'
}
