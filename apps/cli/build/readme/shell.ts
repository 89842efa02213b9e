import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/** How long a command may take to end, or to say where it serves. */
const patienceMs = 60_000

/** Where commands run. */
export interface Place {
  cwd: string
  env: Readonly<Record<string, string>>
}

/** One shell, in which what a command sets is there for the next one. */
export interface Shell {
  /** Runs a command after `NAME=value` is put into the environment. */
  run(command: string, variable: string): Promise<{ output: string; exitCode: number }>
  close(): void
}

/** Opens a shell whose two outputs are one, as on a screen. */
export function openShell(place: Place): Shell {
  const bash = spawn('bash', ['--noprofile', '--norc'], { ...place, stdio: 'pipe' })
  let waiting: ((chunk: string) => void) | undefined
  bash.stdout.setEncoding('utf8').on('data', (chunk: string) => waiting?.(chunk))
  bash.stdin.write('exec 2>&1\n')
  let status = 0
  return {
    run: (command, variable) =>
      new Promise((resolve, reject) => {
        let output = ''
        const tooLong = setTimeout(() => {
          bash.kill()
          reject(new Error(`${command} does not end:\n${output}`))
        }, patienceMs)
        waiting = (chunk) => {
          output += chunk
          const end = /\0(\d+)\0$/.exec(output)
          if (end === null) return
          clearTimeout(tooLong)
          status = Number(end[1])
          resolve({ output: output.slice(0, end.index), exitCode: status })
        }
        bash.stdin.write(
          `export ${variable}\n(exit ${status})\n{ ${command}\n} < /dev/null\nprintf '\\0%s\\0' $?\n`,
        )
      }),
    close: () => void bash.kill(),
  }
}

/** A command that serves until it is stopped. */
export interface Service {
  /** Ends it and returns everything that it printed. */
  stop(): Promise<string>
}

/** Starts a command that serves, and waits until it prints its address. */
export async function startService(command: string, place: Place): Promise<Service> {
  const child = spawn('bash', ['-c', `exec 2>&1; exec ${command}`], {
    ...place,
    stdio: ['ignore', 'pipe', 2],
  })
  const closed = once(child, 'close')
  let output = ''
  await new Promise<void>((resolve, reject) => {
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
      if (/http:\/\/127\.0\.0\.1:\d+\S*\n|Serving on/.test(output)) {
        clearTimeout(tooLong)
        resolve()
      }
    })
    const tooLong = setTimeout(() => child.kill(), patienceMs)
    child.once('exit', () => reject(new Error(`${command} ended:\n${output}`)))
  })
  return {
    async stop() {
      end(child)
      await closed
      return output
    },
  }
}

function end(child: ChildProcess): void {
  child.kill('SIGTERM')
}
