import type { BrokenRule } from '@countersign/core/emulator'
import { type Corrected, correctedIn } from './correction.ts'
import type { Failure, Run, Step } from './session.ts'

/** The result of a run. `failed` means that the request was not judged: the provider or the connection failed. */
export interface RunVerdict {
  word: 'accepted' | 'refused' | 'failed'
  /** The result and its status in a few words: `Refused with 401`. */
  title: string
  /** What was found, as a sentence; empty when there is nothing to add. */
  found: string
  /** What is required, or what to do about it, as a sentence; empty when there is nothing to add. */
  required: string
  /** The rule of the step that decided; with `accepted`, the one that was broken before the library corrected it. */
  rule?: BrokenRule | undefined
  /** What the program gets, when it gets an error. */
  error?: Failure | undefined
}

/** The verdict on a run, from the step that decided it: the last one. */
export function toVerdict(run: Run): RunVerdict {
  const {
    items,
    outcome: { error },
  } = run
  const steps = items.filter((item): item is Step => item.kind === 'step')
  const last = steps.at(-1)
  const failed = (found: string, required = '') => ({
    word: 'failed' as const,
    title: last?.response === undefined ? 'Failed' : `Failed with ${last.response.status}`,
    found,
    required,
    error,
  })
  if (last === undefined) return failed(error?.problem ?? 'Nothing was sent.', error?.hint)
  const { response, rule, cut, sent } = last
  if (rule !== undefined)
    return {
      word: 'refused',
      title: `Refused with ${response?.status}`,
      found: rule.failure,
      required: rule.requirement,
      rule,
      error,
    }
  if (response === undefined) return failed('The connection broke before a response came.')
  const { status } = response
  if (cut) return failed('The response was cut off.')
  if (status >= 500) return failed('The provider failed. It did not judge the request.')
  if (status === 404)
    return failed(`There is nothing at \`${sent.url.pathname}\`.`, 'Check the path of the request.')
  if (status >= 300 && status < 400)
    return failed('The response was a redirect, which is never followed with credentials.')
  if (status >= 400)
    return {
      word: 'refused',
      title: `Refused with ${status}`,
      found: 'The response names no rule.',
      required: '',
      error,
    }
  if (!isReadable(response)) return failed('The response is not JSON, although it says so.')
  if (error !== undefined) return failed(error.problem, error.hint)
  const corrected = correctedIn(run)
  return {
    word: 'accepted',
    title: `Accepted with ${status}`,
    ...(corrected === undefined ? toRepetition(steps.slice(0, -1)) : toCorrection(corrected)),
  }
}

function toCorrection({ atFirst, done, rule }: Corrected): Pick<RunVerdict, 'found' | 'required' | 'rule'> {
  return { found: `At first, ${atFirst}, it was refused: ${rule.failure}`, required: done, rule }
}

/** Why the steps before the last one were not the last: what failed, so that the library repeated it. */
function toRepetition(earlier: readonly Step[]): Pick<RunVerdict, 'found' | 'required'> {
  const failed = earlier.findLast(({ response }) => response === undefined || response.status >= 500)
  if (failed === undefined) return { found: '', required: '' }
  const { response } = failed
  return {
    found:
      response === undefined
        ? 'The connection broke at first.'
        : `The provider failed at first, with ${response.status}.`,
    required: 'Countersign sent it again.',
  }
}

/** Whether a body is JSON where the response says that it is. */
export function isReadable({ headers, body }: NonNullable<Step['response']>): boolean {
  if (headers.get('content-type')?.includes('json') !== true) return true
  try {
    JSON.parse(new TextDecoder().decode(body))
    return true
  } catch {
    return false
  }
}
