import { execFile, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** What fails when a program that is like Node runs the packed command: every flow, and an answer that breaks off. */
export async function checkCommand(program: string, folder: string): Promise<string[]> {
  const command = join(folder, 'node_modules/@countersign/cli/dist/countersign.js')
  const problems: string[] = []
  const demo = await run(program, [command, 'demo', '--json'], { cwd: folder }).catch((error) => error)
  if (demo.code !== undefined) problems.push(`countersign demo ends with ${demo.code}: ${demo.stderr}`)
  const emulator = spawn(
    program,
    [command, 'emulator', '--json', '--port', '0', '--fault', 'victor=truncate'],
    { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] },
  )
  const ended = new Promise((resolve) => emulator.once('close', resolve))
  try {
    const url = await firstUrl(emulator.stdout)
    const response = await fetch(`${url}/victor/ping`)
    const body = await response.text().then(
      (text) => `the whole body ${text}`,
      () => 'broken off',
    )
    if (body !== 'broken off') problems.push(`a truncated answer arrives as ${response.status} with ${body}`)
  } catch (error) {
    problems.push(`a truncated answer loses its head: ${error}`)
  } finally {
    emulator.kill()
    await ended
  }
  return problems
}

async function firstUrl(output: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface(output)) {
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0]
    if (url === undefined) continue
    output.resume()
    return url
  }
  throw new Error('The emulator ended.')
}
