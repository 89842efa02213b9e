import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Rolldown } from 'tsdown'
import { type BundledPackage, materials } from './bill-of-materials.ts'

/** Writes the licences of all packages in the bundle beside it, since their code is in it, and lists the packages. */
export function licences(): Rolldown.Plugin {
  return {
    name: 'licences',
    generateBundle() {
      const packages = bundledPackages([...this.getModuleIds()])
      const texts = packages.filter(({ ours }) => !ours).map(licenceText)
      this.emitFile({
        type: 'asset',
        fileName: 'THIRD-PARTY-LICENSES.txt',
        source: [...new Set(texts)].sort().join(`\n${'-'.repeat(80)}\n\n`),
      })
      const { name, version, license } = readManifest(process.cwd())
      this.emitFile({
        type: 'asset',
        fileName: 'sbom.cdx.json',
        source: `${JSON.stringify(materials({ name, version, license }, packages), null, 2)}\n`,
      })
    },
  }
}

interface Found extends BundledPackage {
  folder: string
  /** It is of this workspace: the licence of the bundle is its licence. */
  ours: boolean
}

/** The packages whose modules are in a bundle, each once and in the order of their names. */
function bundledPackages(modules: readonly string[]): Found[] {
  const folders = new Set(modules.flatMap((id) => packageFolder(id) ?? []))
  folders.delete(process.cwd())
  const found = [...folders].map((folder) => ({
    ...readManifest(folder),
    folder,
    ours: !folder.includes('/node_modules/'),
  }))
  const once = new Map(found.map((one) => [`${one.name}@${one.version}`, one]))
  return [...once].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)
}

function packageFolder(id: string): string | undefined {
  const installed = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0]
  if (installed !== undefined) return installed
  // A module that a plugin made up is in no folder.
  if (!existsSync(id)) return undefined
  let folder = dirname(id)
  while (folder !== dirname(folder) && !existsSync(join(folder, 'package.json'))) folder = dirname(folder)
  return folder === dirname(folder) ? undefined : folder
}

function readManifest(folder: string): BundledPackage {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return { name, version, license }
}

function licenceText({ folder, name, version, license }: Found): string {
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
  const text = file === undefined ? `Licence: ${license}\n` : readFileSync(join(folder, file), 'utf8')
  return `${name} ${version}\n\n${text}`
}
