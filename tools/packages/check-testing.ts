import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installAlone, runNode } from './consumer.ts'
import type { Tarball } from './tarball.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const name = '@countersign/testing'

/** Each major version of Vitest that the peer range accepts, in its newest release. */
function vitestVersions({ manifest }: Tarball): string[] {
  const { peerDependencies } = JSON.parse(manifest) as { peerDependencies: { vitest: string } }
  return peerDependencies.vitest.split(' || ')
}

/** The examples of the README run in a folder that has core, testing and Vitest, on an invented adapter. */
export async function checkTesting(work: string, tarballs: readonly Tarball[]): Promise<string[]> {
  const tarball = tarballs.find((one) => one.name === name)
  if (tarball === undefined) return [`${name} was not packed`]
  const key = tarball.paths.find((path) => /\.pem$|key.*\.json$/.test(path))
  const problems = key === undefined ? [] : [`${name}: ${key} is in the tarball`]
  const readme = readFileSync(join(root, 'packages/testing/README.md'), 'utf8')
  const examples = [...readme.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code = '']) => code)
  for (const version of vitestVersions(tarball)) {
    const folder = join(work, `vitest-${version.replace(/\W/g, '')}`)
    const wanted = ['@countersign/core', name]
    installAlone(
      folder,
      tarballs.filter((one) => wanted.includes(one.name)),
      { vitest: version },
    )
    writeAdapter(folder)
    for (const [index, code] of examples.entries())
      writeFileSync(join(folder, `readme-${index + 1}.test.ts`), code)
    const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--testTimeout=600000', '--no-color']
    const { status, output } = await runNode(folder, vitest)
    const [, passed = '0'] = /Tests +(\d+) passed/.exec(output) ?? []
    console.log(`vitest ${version}: ${passed} tests of ${name} passed`)
    if (status !== 0 || Number(passed) < 50) problems.push(`${name} with vitest ${version}: ${output}`)
  }
  return problems
}

/** The invented adapter, in the files that the examples import. */
function writeAdapter(folder: string): void {
  mkdirSync(folder, { recursive: true })
  const adapter = readFileSync(join(root, 'tools/test/fixtures/acme-provider.ts'), 'utf8')
  writeFileSync(join(folder, 'acme-provider.ts'), adapter)
  writeFileSync(join(folder, 'acme-emulator.ts'), "export { createAcmeEmulator } from './acme-provider.ts'\n")
}
