import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const command = fileURLToPath(new URL('../../apps/cli/dist/countersign.js', import.meta.url))

/** Runs the built command and returns its stdout. */
export async function countersign(argv: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const { stdout } = await run(process.execPath, [command, ...argv], { env: { ...bare(), ...env } })
  return stdout
}

/** The built command while it serves: what it printed as JSON. Disposing ends it. */
export async function serve<Printed>(
  argv: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<AsyncDisposable & { printed: Printed }> {
  const child = spawn(process.execPath, [command, ...argv, '--port', '0', '--json'], {
    env: { ...bare(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const errors = text(child.stderr)
  for await (const line of createInterface(child.stdout)) {
    child.stdout.resume()
    return { printed: JSON.parse(line) as Printed, [Symbol.asyncDispose]: () => stop(child) }
  }
  throw new Error(`countersign ${argv[0]} ended: ${await errors}`)
}

async function stop(child: ChildProcess): Promise<void> {
  child.kill()
  if (child.exitCode === null) await once(child, 'close')
}

/** No variable of the person who runs this, and no profile. */
function bare(): NodeJS.ProcessEnv {
  const { PATH = '' } = process.env
  return { PATH, HOME: '/nonexistent', XDG_CONFIG_HOME: '/nonexistent', XDG_CACHE_HOME: '/dev/null' }
}
