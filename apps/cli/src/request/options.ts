import { parseDuration } from '../human-time.ts'
import type { Io } from '../io.ts'
import type { GlobalOptions, Output } from '../output.ts'
import { UsageError } from '../usage-error.ts'
import type { Destination } from './destination.ts'
import type { CallKeeper } from './last-call.ts'

/** The options of `request` as commander gives them. */
export interface RequestOptions extends GlobalOptions {
  data?: string
  form?: readonly string[]
  header?: readonly string[]
  include?: boolean
  output?: string
  tokenStore?: string
  retry?: string
  retryUnsafe?: boolean
  timeout?: string
  maxBodyBytes?: string
  paginate?: boolean
  dryRun?: boolean
  curl?: boolean
  cache: boolean
}

/** The same, read and found to fit together. */
export interface ReadRequestOptions {
  data: string | undefined
  form: readonly string[]
  header: readonly string[]
  include: boolean
  file: string | undefined
  retries: number
  retryUnsafe: boolean
  timeoutMs: number | undefined
  /** The largest body that is read to be signed. */
  maxBodyBytes: number | undefined
  /** Whether the pages after the first are asked for too. */
  paginate: boolean
  /** What is shown instead of sending. */
  show: 'curl' | 'dry-run' | undefined
}

const mostRetries = 100
/** Timers of the platform count no further. */
const longestMs = 2 ** 31 - 1

/** @throws {UsageError} for options that do not fit together. */
export function readRequestOptions(options: RequestOptions): ReadRequestOptions {
  const { data, form = [], header = [], output: file, curl = false, dryRun = false } = options
  if (curl && dryRun) throw new UsageError('--curl and --dry-run cannot be used together.')
  if (dryRun && file !== undefined)
    throw new UsageError('--dry-run and --output cannot be used together: nothing is received.')
  const paginate = options.paginate === true
  if (paginate && (curl || dryRun))
    throw new UsageError(
      `--paginate and ${curl ? '--curl' : '--dry-run'} cannot be used together: the pages are not known in advance.`,
    )
  if (file === '') throw new UsageError('--output must be the name of a file, or - for stdout.')
  return {
    data,
    form,
    header,
    include: options.include === true,
    file,
    retries: readRetries(options.retry),
    retryUnsafe: options.retryUnsafe === true,
    timeoutMs: readTimeout(options.timeout),
    maxBodyBytes: readBytes(options.maxBodyBytes),
    paginate,
    show: curl ? 'curl' : dryRun ? 'dry-run' : undefined,
  }
}

function readRetries(text: string | undefined): number {
  const retries = /^\d+$/.test(text ?? '0') ? Number(text ?? 0) : Number.NaN
  if (retries >= 0 && retries <= mostRetries) return retries
  throw new UsageError(`--retry must be a whole number from 0 to ${mostRetries}.`)
}

function readTimeout(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const milliseconds = parseDuration(text, '--timeout')
  if (milliseconds >= 1 && milliseconds <= longestMs) return milliseconds
  throw new UsageError('--timeout must be longer than 0 and shorter than 24 days.')
}

function readBytes(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const bytes = /^\d+$/.test(text) ? Number(text) : 0
  if (bytes > 0 && Number.isSafeInteger(bytes)) return bytes
  throw new UsageError('--max-body-bytes must be a number of bytes.')
}

/** The words behind the provider's name. */
export function readWords(words: readonly string[]): { method: string | undefined; address: string } {
  const [method, address = ''] = words.length === 1 ? [undefined, words[0]] : words
  if (words.length > 2 || /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$/.test(address)) {
    const problem = words.length > 2 ? 'There are too many words' : 'The path is missing'
    throw new UsageError(`${problem}. Usage: countersign request <provider> [METHOD] <path or url>.`)
  }
  return { method, address }
}

/** How a request is sent and its answer shown. */
export interface SendOptions {
  include: boolean
  retries: number
  /** Whether a request may be sent twice that could take effect twice. */
  retryUnsafe: boolean
  /** How long all of it may take. Default: no more than 40 s in which nothing comes. */
  timeoutMs: number | undefined
  destination: Destination
  /** Whether the pages after the first are asked for too. */
  paginate: boolean
  /** The file that the answer goes into. */
  file: string | undefined
  calls: CallKeeper
  globals: GlobalOptions
  output: Output
  io: Io
}
