import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadProviders, providers } from '@countersign/providers'
import { checkCommand } from './packages/check-command.ts'
import { checkProviderPackage } from './packages/check-provider-package.ts'
import { checkTesting } from './packages/check-testing.ts'
import { installAlone, measureInstalled, runNode } from './packages/consumer.ts'
import { checkManifest, entryNames, isProgram, peersOf } from './packages/manifest.ts'
import { checkTarball, pack, type Tarball } from './packages/tarball.ts'
import { typePrograms } from './packages/type-programs.ts'
import { type Package, readSourceTree } from './structure/source-tree.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const mostPackages = 5
const mostBytes = 2 * 1024 * 1024
const kibibytes = (bytes: number) => `${Math.round(bytes / 1024)} KiB`

/** One adapter and core alone: few packages, few bytes, no other provider, and a request that is signed. */
async function checkAlone(work: string, tarballs: readonly Tarball[]): Promise<string[]> {
  const folder = join(work, 'alone')
  const signing = (await loadProviders()).find(({ provider }) => provider.proof === 'request')
  if (signing === undefined) throw new Error('No adapter signs every request.')
  const { packageName, factory } = signing
  const wanted = ['@countersign/core', packageName]
  installAlone(
    folder,
    tarballs.filter(({ name }) => wanted.includes(name)),
  )
  const { names, bytes } = measureInstalled(folder)
  console.log(`${packageName} alone: ${names.length} packages, ${kibibytes(bytes)}: ${names.join(', ')}`)
  cpSync(join(root, 'e2e/consumers/alone.ts'), join(folder, 'alone.ts'))
  const { authorization, output } = await withServer((url) =>
    runNode(folder, ['alone.ts', packageName, factory, url]),
  )
  const [, claims = ''] = (authorization ?? '').split('.')
  const { uri, method } = JSON.parse(Buffer.from(claims, 'base64url').toString() || '{}')
  return [
    ...(names.length <= mostPackages ? [] : [`one adapter installs ${names.length} packages`]),
    ...(bytes <= mostBytes ? [] : [`one adapter installs ${kibibytes(bytes)}`]),
    ...(names.includes('zod') ? ['one adapter installs zod'] : []),
    ...names
      .filter((name) => name.startsWith('@countersign/') && !wanted.includes(name))
      .map((name) => `${packageName} brings ${name}`),
    ...(authorization?.startsWith('Bearer ') &&
    method === 'GET' &&
    uri === '/ping?number=1' &&
    output === '200 pong'
      ? []
      : [`the short script did not sign its request: ${output}`]),
  ]
}

/** Runs a program against a plain server and returns what the program sent and said. */
async function withServer(
  run: (url: string) => Promise<{ output: string }>,
): Promise<{ authorization: string | undefined; output: string }> {
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    response.end('pong')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  try {
    const { output } = await run(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`)
    return { authorization: requests[0]?.headers.authorization, output }
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

/** Every library at once: imports and `require` are silent and work, the types hold for other people. */
async function checkTogether(
  work: string,
  packages: readonly Package[],
  tarballs: readonly Tarball[],
): Promise<string[]> {
  const folder = join(work, 'together')
  const libraries = packages.filter(({ manifest }) => !isProgram(manifest))
  const names = libraries.map(({ manifest }) => manifest['name'])
  const peers = peersOf(libraries.map(({ manifest }) => manifest))
  installAlone(
    folder,
    tarballs.filter(({ name }) => names.includes(name)),
    { '@types/node': '^24.0.0', ...peers },
  )
  const entries = libraries.flatMap(({ manifest }) => entryNames(manifest))
  const problems: string[] = []
  for (const entry of entries) {
    for (const [way, code] of [
      ['import', `if (Object.keys(await import('${entry}')).length === 0) process.exit(9)`],
      ['require', `if (Object.keys(require('${entry}')).length === 0) process.exit(9)`],
    ] as const) {
      const type = way === 'import' ? 'module' : 'commonjs'
      const { status, output } = await runNode(folder, [`--input-type=${type}`, '-e', code])
      if (status !== 0) problems.push(`${way} of ${entry} fails: ${output}`)
      else if (output !== '') problems.push(`${way} of ${entry} is not silent: ${output}`)
    }
  }
  console.log(`${entries.length} entries imported and required`)
  return [...problems, ...(await checkErrorClasses(folder)), ...(await checkTypes(folder))]
}

/** An adapter's entries are built apart from each other: all of them must throw the error classes of core. */
async function checkErrorClasses(folder: string): Promise<string[]> {
  const outcomes = await Promise.all(
    providers.map(async ({ packageName, factory }) => {
      const code = `
        import { CountersignError, KeyError } from '@countersign/core'
        import * as adapter from '${packageName}'
        import { ${factory}Emulator } from '${packageName}/emulator'
        const refusal = await ${factory}Emulator().register('no key').catch((error) => error)
        if (adapter.KeyError !== KeyError || adapter.CountersignError !== CountersignError)
          console.log('the adapter exports classes of its own')
        if (refusal instanceof Error && !(refusal instanceof KeyError))
          console.log('the emulator throws a class of its own')`
      const { output } = await runNode(folder, ['--input-type=module', '-e', code])
      return output === '' ? [] : [`errors of ${packageName}: ${output}`]
    }),
  )
  return outcomes.flat()
}

/** How declarations are found. TypeScript 7 has no `node10` any more, the resolution that does not read `exports`. */
const resolutions = [
  { moduleResolution: 'nodenext', module: 'nodenext', compiler: 'node_modules/typescript' },
  { moduleResolution: 'bundler', module: 'esnext', compiler: 'node_modules/typescript' },
  { moduleResolution: 'node10', module: 'esnext', compiler: 'e2e/types/node_modules/typescript-5' },
] as const

async function checkTypes(folder: string): Promise<string[]> {
  for (const [name, text] of Object.entries(typePrograms(providers))) writeFileSync(join(folder, name), text)
  const problems: string[] = []
  for (const { moduleResolution, module, compiler } of resolutions) {
    const compilerOptions = {
      ...{ module, moduleResolution, target: 'es2024', lib: ['es2024', 'dom', 'dom.iterable'] },
      ...{ types: ['node'], strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
      ...{ skipLibCheck: false, noEmit: true },
    }
    const file = `tsconfig.${moduleResolution}.json`
    writeFileSync(join(folder, file), JSON.stringify({ compilerOptions, include: ['*.ts'] }))
    const { status, output } = await runNode(folder, [join(root, compiler, 'bin/tsc'), '-p', file])
    if (status !== 0) problems.push(`types with moduleResolution ${moduleResolution}: ${output}`)
    else console.log(`types hold with moduleResolution ${moduleResolution}`)
  }
  return problems
}

/** Packs every public package and uses the result as other people do. */
async function checkPackages(): Promise<string[]> {
  const work = mkdtempSync(join(tmpdir(), 'packages-'))
  try {
    const packages = readSourceTree(root).filter(({ manifest }) => manifest['private'] !== true)
    const packed = join(work, 'tarballs')
    mkdirSync(packed)
    const problems = packages.flatMap(({ manifest, folder }) => checkManifest(manifest, join(root, folder)))
    const tarballs = packages.map(({ folder }) => pack(join(root, folder), packed))
    for (const tarball of tarballs) {
      console.log(`${tarball.name}: ${tarball.paths.length} files, ${kibibytes(tarball.size)} packed`)
      problems.push(...checkTarball(tarball))
    }
    problems.push(...(await checkAlone(work, tarballs)), ...(await checkTogether(work, packages, tarballs)))
    for (const tarball of tarballs.filter(({ name }) => name === '@countersign/cli'))
      problems.push(...(await checkCommand(join(work, 'command'), tarball)))
    problems.push(...(await checkTesting(work, tarballs)))
    problems.push(...(await checkProviderPackage(root, work, tarballs)))
    return problems
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

if (import.meta.main) {
  const problems = await checkPackages()
  for (const problem of problems) console.error(problem)
  console.log(problems.length === 0 ? 'The packages hold.' : `${problems.length} problems`)
  if (problems.length > 0) process.exitCode = 1
}
