import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { providers } from '@countersign/providers'
import { build, type UserConfig } from 'tsdown'
import { typePrograms } from './packages/type-programs.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const fixture = join(root, 'e2e/types')
const compilers = ['typescript-5', 'typescript-6', 'typescript-7'] as const
const nodeTypes = ['types-node-22', 'types-node-24', 'types-node-26'] as const

/** Which declarations are compiled, with what. */
export interface TypeCheck {
  /** Folders in `packages`. */
  packages: readonly string[]
  /** TypeScript programs, by the name of their file. */
  programs: Readonly<Record<string, string>>
  compilers?: readonly (typeof compilers)[number][]
  nodeTypes?: readonly (typeof nodeTypes)[number][]
}

/**
 * Compiles programs that have no DOM library against the declarations that the packages ship, with
 * `skipLibCheck: false`. Returns what each compiler reports.
 */
export async function checkTypes(check: TypeCheck): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'types-'))
  try {
    for (const name of check.packages) await install(name, join(folder, 'node_modules/@countersign', name))
    for (const name of ['jose', 'ky'])
      symlinkSync(join(root, 'packages/core/node_modules', name), join(folder, 'node_modules', name))
    for (const [name, text] of Object.entries(check.programs)) writeFileSync(join(folder, name), text)
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    const problems: string[] = []
    for (const types of check.nodeTypes ?? nodeTypes)
      for (const compiler of check.compilers ?? compilers) {
        const output = compile(folder, compiler, types, Object.keys(check.programs))
        if (output !== '') problems.push(`${compiler} with ${types}: ${output}`)
      }
    return problems
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** A package as its tarball has it: published manifest and declarations. */
async function install(name: string, target: string): Promise<void> {
  const source = join(root, 'packages', name)
  const { default: config } = (await import(pathToFileURL(join(source, 'tsdown.config.ts')).href)) as {
    default: UserConfig | UserConfig[]
  }
  mkdirSync(target, { recursive: true })
  for (const part of [config].flat())
    await build({
      ...part,
      ...{ config: false, cwd: source, outDir: join(target, 'dist'), clean: false, logLevel: 'silent' },
      ...{ dts: { emitDtsOnly: true }, publint: false, attw: false, copy: [] },
    })
  const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'))
  writeFileSync(join(target, 'package.json'), JSON.stringify({ ...manifest, ...manifest.publishConfig }))
}

function compile(folder: string, compiler: string, types: string, programs: readonly string[]): string {
  const scope = join(folder, 'node_modules/@types')
  rmSync(scope, { recursive: true, force: true })
  mkdirSync(scope, { recursive: true })
  symlinkSync(join(fixture, 'node_modules', types), join(scope, 'node'))
  const compilerOptions = {
    ...{ lib: ['es2022'], target: 'es2022', module: 'nodenext', types: ['node'], noEmit: true },
    ...{
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
    },
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: programs }))
  const program = join(fixture, 'node_modules', compiler, 'bin/tsc')
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, '-p', folder], {
    encoding: 'utf8',
  })
  return status === 0 ? '' : `${stdout}${stderr}`.trim()
}

if (import.meta.main) {
  const packages = ['core', 'testing', ...providers.map(({ id }) => id)]
  const program = readFileSync(join(fixture, 'program.ts'), 'utf8')
  const programs = { ...typePrograms(providers), 'program.ts': program }
  const problems = await checkTypes({ packages, programs })
  for (const problem of problems) console.error(problem)
  const count = compilers.length * nodeTypes.length
  console.log(`${count - problems.length} passed, ${problems.length} failed`)
  if (problems.length > 0) process.exitCode = 1
}
