import { readdirSync, readFileSync } from 'node:fs'
import type { Rolldown } from 'tsdown'

/** Writes the licences of all packages in the bundle beside it, since their code is in it. */
export function licences(): Rolldown.Plugin {
  return {
    name: 'licences',
    generateBundle() {
      const folders = [...this.getModuleIds()].flatMap(
        (id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? [],
      )
      const texts = [...new Set(folders)].map(readLicence).sort()
      this.emitFile({
        type: 'asset',
        fileName: 'THIRD-PARTY-LICENSES.txt',
        source: [...new Set(texts)].join(`\n${'-'.repeat(80)}\n\n`),
      })
    },
  }
}

function readLicence(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as Record<
    string,
    string
  >
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
  const text = file === undefined ? `Licence: ${license}\n` : readFileSync(`${folder}/${file}`, 'utf8')
  return `${name} ${version}\n\n${text}`
}
