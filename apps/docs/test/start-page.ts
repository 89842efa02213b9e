import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** A fenced block, with the comment right above it. */
interface Block {
  language: string
  text: string
  /** `file: main.go`, `serves: http://127.0.0.1:3000/`, `not run` */
  note: string
}

/** What a command of the page printed, and what the page says. */
export interface Printed {
  printed: string
  promised: string
}

/** Programs by name, as shell scripts: they replace what would need a registry. */
type Programs = Readonly<Record<string, string>>

/**
 * Follows a page with the packages of this repository, on ports that are free. Nothing is installed.
 */
export async function followPage(name: string, programs: Programs = {}): Promise<Printed[]> {
  const page = readPage(name)
  const ports = new Map<string, string>()
  for (const [, port = ''] of page.matchAll(/127\.0\.0\.1:(\d+)/g)) ports.set(port, await freePort())
  const own = [...ports].reduce(
    (text, [from, to]) => text.replace(new RegExp(`\\b${from}\\b`, 'g'), to),
    page,
  )
  const emulatorPort = ports.get('4400') ?? (await freePort())
  const proxyPort = ports.get('4500') ?? (await freePort())
  return follow(
    own,
    { ...standIns(emulatorPort, proxyPort), ...programs },
    { NODE_OPTIONS: '--conditions=@countersign/source', ROOT: root },
  )
}

/**
 * Follows a page as it is, with npm and the ports that it names. `env` names the registry that the packages are in.
 */
export function followPageFromRegistry(
  name: string,
  env: Readonly<Record<string, string>>,
): Promise<Printed[]> {
  return follow(readPage(name), {}, env)
}

const readPage = (name: string) => readFileSync(join(root, `docs/start/${name}.md`), 'utf8')

/**
 * Writes the files of a page in an empty folder, runs its commands in one shell session after the other and collects
 * what they print.
 */
async function follow(
  page: string,
  programs: Programs,
  variables: Readonly<Record<string, string>>,
): Promise<Printed[]> {
  const folder = mkdtempSync(join(tmpdir(), 'start-'))
  const bin = join(folder, 'bin')
  const work = join(folder, 'work')
  mkdirSync(bin)
  mkdirSync(work)
  const global = join(folder, 'global')
  for (const [program, script] of Object.entries(programs)) {
    writeFileSync(join(bin, program), `#!/bin/sh\n${script}\n`)
    chmodSync(join(bin, program), 0o755)
  }
  const env = {
    PATH: [bin, join(global, 'bin'), join(process.execPath, '..'), process.env['PATH']].join(delimiter),
    HOME: folder,
    XDG_CACHE_HOME: join(folder, 'cache'),
    XDG_CONFIG_HOME: join(folder, 'config'),
    npm_config_prefix: global,
    ...variables,
  }
  const blocks = readBlocks(page)
  const services: ChildProcess[] = []
  const printed: Printed[] = []
  let cwd = work
  try {
    for (const [index, block] of blocks.entries()) {
      const [, kind = '', value = ''] = /^(not run|file|serves)(?:: (.*))?$/.exec(block.note) ?? []
      if (kind === 'file') writeFileSync(join(cwd, value), block.text)
      else if (block.language !== 'sh' || kind === 'not run') continue
      else if (kind === 'serves') {
        const service = spawn('sh', ['-ec', block.text], {
          cwd,
          env,
          stdio: ['ignore', 'pipe', 'pipe'],
          detached: true,
        })
        services.push(service)
        await answers(value, cwd, service)
      } else {
        const { stdout, stderr, status } = spawnSync('sh', ['-ec', block.text], {
          cwd,
          env,
          encoding: 'utf8',
        })
        if (status !== 0) throw new Error(`${block.text}ended with ${status}:\n${stdout}${stderr}`)
        const next = blocks[index + 1]
        if (next?.language === 'text') printed.push({ printed: stdout, promised: next.text })
        // The next terminal is opened in the same folder.
        cwd = join(cwd, /^cd (\S+)$/m.exec(block.text)?.[1] ?? '')
      }
    }
    return printed
  } finally {
    // The next page may need their ports.
    await Promise.all(services.map(stop))
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Ends a service and what it started. */
async function stop({ pid, stdout }: ChildProcess): Promise<void> {
  if (pid === undefined || stdout === null || stdout.closed) return
  const ended = once(stdout, 'close')
  process.kill(-pid, 'SIGTERM')
  await ended
}

function readBlocks(page: string): Block[] {
  return [...page.matchAll(/(?:^<!-- (.*?) -->\n)?^```(\w+)\n([\s\S]*?)^```$/gm)].map(
    ([, note = '', language = '', text = '']) => ({ note, language, text }),
  )
}

/** Installing links the packages that are named; the command runs from its source, on ports that are free. */
function standIns(emulatorPort: string, proxyPort: string): Programs {
  const command = `
case "$1" in
  emulator) set -- "$@" --port ${emulatorPort} ;;
  proxy) set -- "$@" --port ${proxyPort} ;;
esac
exec node "$ROOT/apps/cli/src/bin.ts" "$@"`
  return {
    npm: `
for name in "$@"; do
  case "$name" in
    @countersign/cli) ;;
    @countersign/*) mkdir -p node_modules/@countersign
      ln -s "$ROOT/packages/\${name#@countersign/}" "node_modules/$name" ;;
  esac
done`,
    countersign: command,
    npx: `
program="$1"
shift
case "$program" in
  @countersign/cli) exec countersign "$@" ;;
  *) exec "$program" "$@" ;;
esac`,
  }
}

function freePort(): Promise<string> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(String(typeof address === 'object' ? address?.port : '')))
    })
  })
}

/** Waits until a service answers at an address or has written a file. It fails when the service ends first. */
async function answers(where: string, cwd: string, service: ChildProcess): Promise<void> {
  let output = ''
  for (const stream of [service.stdout, service.stderr])
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
  const isUp = async () =>
    where.startsWith('http')
      ? fetch(where).then(
          () => true,
          () => false,
        )
      : existsSync(join(cwd, where)) && statSync(join(cwd, where)).size > 0
  while (!(await isUp())) {
    if (service.exitCode !== null) throw new Error(`The service ended with ${service.exitCode}:\n${output}`)
    await wait(20)
  }
}
