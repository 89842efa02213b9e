import { execFileSync } from 'node:child_process'
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'tsdown'
import { whole } from './bundle.ts'
import { toPlainScript } from './to-plain-script.ts'

/** Where it goes: relative to this package. */
const folder = fileURLToPath(new URL('../dist-standalone/', import.meta.url))
/** What Node looks for in itself; documented under "Single executable applications". */
const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'

/**
 * The command and the Node that runs this script as one file, by Node's own means: the bundle
 * and its compiled form become a part of a copy of Node.
 */
async function buildStandalone(): Promise<string> {
  await mkdir(folder, { recursive: true })
  const workplace = await mkdtemp(join(folder, '.building-'))
  try {
    // Names without a folder: Node stores these texts in the executable.
    const within = { cwd: workplace }
    const cwd = fileURLToPath(new URL('..', import.meta.url))
    await build({ ...whole, config: false, cwd, outDir: workplace, logLevel: 'error' })
    const script = toPlainScript(await readFile(join(workplace, 'countersign.js'), 'utf8'))
    await writeFile(join(workplace, 'countersign.cjs'), script)
    await writeFile(
      join(workplace, 'sea.json'),
      JSON.stringify({
        main: 'countersign.cjs',
        output: 'sea.blob',
        disableExperimentalSEAWarning: true,
        useCodeCache: true,
        assets: await findPage(),
      }),
    )
    execute(process.execPath, ['--experimental-sea-config', 'sea.json'], within)
    const name = process.platform === 'win32' ? 'countersign.exe' : 'countersign'
    const copy = join(workplace, name)
    await copyFile(process.execPath, copy)
    await chmod(copy, 0o755)
    const isMac = process.platform === 'darwin'
    if (isMac) execute('codesign', ['--remove-signature', name], within)
    const postject = fileURLToPath(import.meta.resolve('postject/dist/cli.js'))
    const inject = [postject, name, 'NODE_SEA_BLOB', 'sea.blob', '--sentinel-fuse', fuse]
    execute(process.execPath, isMac ? [...inject, '--macho-segment-name', 'NODE_SEA'] : inject, within)
    // macOS runs a changed executable only when it is signed, at least ad hoc.
    if (isMac) execute('codesign', ['--sign', '-', name], within)
    await writeFile(join(folder, 'THIRD-PARTY-LICENSES.txt'), await readLicences(workplace))
    await rename(copy, join(folder, name))
    return join(folder, name)
  } finally {
    await rm(workplace, { recursive: true, force: true })
  }
}

/** The built page, each of its files under the name by which the command asks for it. */
async function findPage(): Promise<Record<string, string>> {
  const page = fileURLToPath(new URL('../../playground/dist/', import.meta.url))
  const entries = await readdir(page, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return Object.fromEntries(
    paths.map((path) => [`playground/${relative(page, path).replaceAll(sep, '/')}`, path]),
  )
}

/** The licences of all that is in the file. Some ways to install Node leave its own out. */
async function readLicences(workplace: string): Promise<string> {
  const bundled = await readFile(join(workplace, 'THIRD-PARTY-LICENSES.txt'), 'utf8')
  const ofNode = await readFile(join(process.execPath, '../../LICENSE'), 'utf8').catch(
    () => 'See https://github.com/nodejs/node/blob/main/LICENSE.',
  )
  return `${bundled}\n${'-'.repeat(80)}\n\nNode.js ${process.version}\n\n${ofNode}`
}

/** Runs a program, which is heard only when it fails: on success it warns of parts of Node's own file. */
function execute(program: string, args: readonly string[], options: { cwd: string }): void {
  execFileSync(program, args, { ...options, stdio: 'pipe' })
}

process.stdout.write(`${await buildStandalone()}\n`)
