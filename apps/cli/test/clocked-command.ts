import { readFileSync } from 'node:fs'
import { run } from '../src/run.ts'

/**
 * The command as a process of its own. The file that CLOCK_FILE names holds how many milliseconds its clock is
 * ahead, and DIE_AT says whether it ends by SIGKILL `before` or `after` its first call to the provider.
 */
const { CLOCK_FILE = '', DIE_AT } = process.env

const die = () => process.kill(process.pid, 'SIGKILL')

process.exitCode = await run(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  clock: { now: () => Date.now() + Number(readFileSync(CLOCK_FILE, 'utf8')) },
  async fetch(input, init) {
    if (DIE_AT === 'before') die()
    const response = await fetch(input, init)
    if (DIE_AT === 'after') {
      await response.clone().arrayBuffer()
      die()
    }
    return response
  },
})
