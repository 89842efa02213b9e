import { exitCodes } from '../exit-code.ts'
import { fail, type Judgement, ok } from './finding.ts'

const least = [22, 12] as const

/** Whether this Node is one that the command is made for. */
export function judgeNodeVersion(version: string): Judgement {
  const about = { id: 'node', provider: null }
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isOld = major < least[0] || (major === least[0] && minor < least[1])
  if (!isOld) return ok(about, `Node is ${version}.`)
  return fail(
    about,
    `Node is ${version}, older than ${least.join('.')}.`,
    `Install Node ${least.join('.')} or later.`,
    exitCodes.usage,
  )
}
