import type { Fault } from '@countersign/core/emulator'
import type { Endpoint } from '@countersign/core/provider'
import { parseDuration } from '../duration.ts'
import { UsageError } from '../usage-error.ts'
import { type FaultSetting, findFaultProblem, longestDelayMs } from './fault-settings.ts'
import { parseSignedDuration } from './parse-clock.ts'

const flag = '--fault'
const doors = ['token', 'refresh', 'api'] as const satisfies readonly Endpoint[]

interface Word {
  /** How it is written in the help. */
  form: string
  /** Makes its part of a fault. */
  read(value: string): Fault
}

/** The words of `--fault`, over core's faults. */
const words: Readonly<Record<string, Word>> = {
  status: { form: 'status:503', read: (value) => ({ status: toWhole(value, 'status', 200, 599) }) },
  'retry-after': {
    form: 'retry-after:7',
    read: (value) => ({ headers: { 'retry-after': String(toWhole(value, 'retry-after', 0, 86_400)) } }),
  },
  delay: { form: 'delay:2s', read: (value) => ({ delayMs: toDelay(value) }) },
  hang: { form: 'hang', read: () => ({ hang: true }) },
  reset: { form: 'reset', read: () => ({ reset: true }) },
  truncate: { form: 'truncate', read: () => ({ truncate: true }) },
  'malformed-json': { form: 'malformed-json', read: () => ({ malformedJson: true }) },
  'content-type': { form: 'content-type:text/html', read: (value) => ({ contentType: toHeader(value) }) },
  redirect: {
    form: 'redirect:https://elsewhere.example/',
    read: (value) => ({ redirectTo: toHeader(value) }),
  },
  'date-skew': {
    form: 'date-skew:-90s',
    read: (value) => ({ dateSkewMs: parseSignedDuration(value, `${flag} date-skew`) }),
  },
}

/** Every word as it is written. */
export const faultForms: readonly string[] = Object.values(words).map(({ form }) => form)

/**
 * Reads `fault[,fault…]`: words joined by `+`, then `*2` for so many requests and `@token` for one door.
 *
 * @throws {UsageError} that lists what there is.
 */
export function parseFaults(text: string): FaultSetting[] {
  return text.split(',').map(parseFault)
}

function parseFault(text: string): FaultSetting {
  const [what = '', ...suffixes] = text.split(/(?=[*@])/)
  let fault: Fault = {}
  // A plus before a letter joins; before a number it is a sign.
  for (const part of what.split(/\+(?=[a-z])/)) {
    const more = parseWord(part)
    const twice = Object.keys(more).find((name) => name in fault)
    if (twice !== undefined) throw new UsageError(`${flag} says ${part.split(':')[0]} twice in one fault.`)
    fault = { ...fault, ...more }
  }
  const setting: FaultSetting = { fault }
  for (const suffix of suffixes) {
    const value = suffix.slice(1)
    const counts = suffix.startsWith('*')
    if (counts ? setting.times !== undefined : fault.on !== undefined)
      throw new UsageError(`${flag} says ${suffix[0]} twice in one fault.`)
    if (counts) setting.times = toWhole(value, 'the number behind *', 1, 1000)
    else fault.on = toDoor(value)
  }
  const problem = findFaultProblem(setting)
  if (problem !== undefined) throw new UsageError(`${flag} ${problem}.`)
  return setting
}

function parseWord(part: string): Fault {
  const colon = part.indexOf(':')
  const name = colon < 0 ? part : part.slice(0, colon)
  const word = Object.hasOwn(words, name) ? words[name] : undefined
  if (word === undefined || colon >= 0 !== word.form.includes(':'))
    throw new UsageError(`${flag}: there is no such fault. There are: ${faultForms.join(', ')}.`)
  return word.read(part.slice(colon + 1))
}

function toDoor(text: string): Endpoint {
  const door = doors.find((known) => known === text)
  if (door === undefined) throw new UsageError(`${flag}: the doors behind @ are ${doors.join(', ')}.`)
  return door
}

function toWhole(text: string, what: string, min: number, max: number): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= min && number <= max) return number
  throw new UsageError(`${flag}: ${what} must be a whole number from ${min} to ${max}.`)
}

function toDelay(text: string): number {
  const milliseconds = parseDuration(text, `${flag} delay`)
  if (milliseconds > longestDelayMs)
    throw new UsageError(`${flag}: a delay takes 1h at most; hang never ends.`)
  return milliseconds
}

function toHeader(text: string): string {
  if (/^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(text)) return text
  throw new UsageError(`${flag}: what goes into a header must be visible ASCII characters.`)
}
