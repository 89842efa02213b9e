import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fixedKeys } from '@countersign/fixtures'

const command = fileURLToPath(new URL('../../cli/src/bin.ts', import.meta.url))

/** What a script did. */
export interface BashRun {
  code: number
  stdout: string
  stderr: string
  /** The words of each call of a replaced program. */
  calls: { program: string; words: string[] }[]
}

interface BashOptions {
  /** Programs that only record their words, with what they print. */
  replaced?: Readonly<Record<string, string>>
  env?: Readonly<Record<string, string>>
}

/** A folder with the key files that the snippets name, and nothing else. */
export interface BashFolder {
  /** Runs a script as if it were pasted, with this workspace's `countersign`. */
  run(script: string, options?: BashOptions): Promise<BashRun>
  write(name: string, text: string): Promise<void>
  has(name: string): Promise<boolean>
  close(): Promise<void>
}

export async function openBashFolder(): Promise<BashFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'snippets-'))
  const write = (name: string, text: string) => writeFile(join(folder, name), text, { mode: 0o600 })
  await write('private_key.pem', fixedKeys.rsa2048.privateKey)
  await write('public_key.pem', fixedKeys.rsa2048.publicKey)
  return {
    write,
    has: async (name) => (await readdir(folder)).includes(name),
    close: () => rm(folder, { recursive: true }),
    async run(script, { replaced = {}, env = {} } = {}) {
      const record = join(folder, `calls-${crypto.randomUUID()}`)
      await writeFile(record, '')
      const own = 'countersign() { "$NODE" --conditions=@countersign/source "$COMMAND" "$@"; }'
      const replacements = Object.entries(replaced).map(
        ([name, output]) =>
          `${name}() { printf '%s\\0' ${name} "$@" >> "$RECORD"; printf '\\0' >> "$RECORD"; printf %s '${output}'; }`,
      )
      const whole = [own, ...replacements, script].join('\n')
      const run = await bash(whole, {
        cwd: folder,
        env: {
          PATH: process.env['PATH'] ?? '',
          HOME: folder,
          NODE: process.execPath,
          COMMAND: command,
          RECORD: record,
          ...env,
        },
      })
      const calls = await readFile(record, 'utf8')
      return { ...run, calls: readCalls(calls) }
    },
  }
}

/** Each word ends with a NUL, and so does each call. */
function readCalls(text: string): BashRun['calls'] {
  return text
    .split('\0\0')
    .slice(0, -1)
    .map((call) => call.split('\0'))
    .map(([program = '', ...words]) => ({ program, words }))
}

function bash(
  script: string,
  options: { cwd: string; env: Record<string, string> },
): Promise<Omit<BashRun, 'calls'>> {
  return new Promise((resolve) => {
    execFile('bash', ['-c', script], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}
