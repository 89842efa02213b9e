import { spawn } from 'node:child_process'

/** How a program ended, and what it wrote. */
export interface Outcome {
  status: number | null
  stdout: string
  stderr: string
}

export interface Place {
  cwd: string
  env?: Readonly<Record<string, string>>
}

/** Runs a program to its end. */
export function run(program: string, parameters: readonly string[], { cwd, env }: Place): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const outcome: Outcome = { status: null, stdout: '', stderr: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      outcome.stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      outcome.stderr += text
    })
    child.once('error', reject)
    child.once('close', (status) => resolve({ ...outcome, status }))
  })
}

/** As `run`, and an error with all output unless the program ends with 0. */
export async function must(program: string, parameters: readonly string[], place: Place): Promise<string> {
  const { status, stdout, stderr } = await run(program, parameters, place)
  if (status === 0) return stdout
  const line = [program, ...parameters].join(' ')
  throw new Error(`${line} ended with ${status} in ${place.cwd}:\n${stdout}\n${stderr}`)
}
