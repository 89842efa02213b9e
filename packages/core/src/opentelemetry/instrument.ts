import {
  type Attributes,
  context,
  type Meter,
  metrics,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import type { Auth } from '../auth/create-auth.ts'
import { systemClock } from '../base/clock.ts'
import {
  type AuthEvent,
  type Events,
  eventsOf,
  type Observable,
  type OnEvent,
  toEvents,
} from '../base/events.ts'
import { ConfigError } from '../errors/config-error.ts'

/** Options of {@link instrument}. */
export interface InstrumentOptions {
  /** Makes the metrics. Default: the meter `@countersign/core` of the global provider. */
  meter?: Meter | undefined
  /** Makes the spans. Default: the tracer `@countersign/core` of the global provider. */
  tracer?: Tracer | undefined
}

const scope = '@countersign/core'

/**
 * Turns the events of an Auth, or those that a listener receives, into OpenTelemetry metrics and spans. Returns
 * what it was given: the same Auth, or a listener to pass as `onEvent`. A second call with the same meter and
 * tracer changes nothing; an Auth of a sub-account shares the events of the Auth that made it.
 *
 * Metrics: `countersign.token.exchange.duration`, `countersign.token.acquisitions`,
 * `countersign.token.remaining_lifetime`, `countersign.request.duration`, `countersign.retries`,
 * `countersign.store.failures` and `countersign.store.pauses`. Each exchange is a span. Attributes hold the
 * provider, the server's address and port, the method, the class of the status and `error.type`: their number
 * is bounded, and none is a path, an identity or a secret.
 *
 * @example
 * ```ts
 * import { createAuth } from '@countersign/core'
 * import { instrument } from '@countersign/core/opentelemetry'
 *
 * const authorize = async () => ({ 'x-api-key': 'example' })
 * const example = instrument(createAuth('example', authorize, { baseUrl: 'https://api.example.com/v1' }))
 * ```
 *
 * @throws {ConfigError} `CONFIG_INVALID` for what is neither an Auth nor a function.
 */
export function instrument<Target extends Auth | OnEvent>(
  target: Target,
  options: InstrumentOptions = {},
): Target {
  const all = typeof target === 'function' ? [toEvents(target)] : observedEvents(target)
  const unmeasured = all.filter(({ listeners }) => ![...listeners].some((one) => isFor(one, options)))
  if (unmeasured.length > 0) {
    const listener = createListener(options)
    for (const { listeners } of unmeasured) listeners.add(listener)
  }
  return typeof target === 'function' ? (all[0] as OnEvent as Target) : target
}

/** A listener of ours remembers its meter and tracer, so that they count nothing twice. */
interface Recorder extends OnEvent {
  readonly recordsTo: InstrumentOptions
}

function createListener(options: InstrumentOptions): Recorder {
  const { meter = metrics.getMeter(scope), tracer = trace.getTracer(scope) } = options
  const record = createRecorder(meter)
  const listener = (event: AuthEvent) => {
    record(event)
    if (event.type === 'token.exchanged') traceExchange(tracer, event)
  }
  return Object.assign(listener, { recordsTo: options })
}

function isFor(listener: OnEvent, { meter, tracer }: InstrumentOptions): boolean {
  const { recordsTo } = listener as Partial<Recorder>
  return recordsTo !== undefined && recordsTo.meter === meter && recordsTo.tracer === tracer
}

function observedEvents(target: unknown): readonly Events[] {
  const events = (target as Observable | null | undefined)?.[eventsOf]
  if (events !== undefined) return events
  throw new ConfigError('`instrument` was given neither an Auth nor a listener.', {
    hint: 'Pass what a factory or `createAuth` returned, or the function that you pass as `onEvent`.',
  })
}

/** Bucket boundaries that the HTTP conventions advise for durations, in seconds. */
const durationBoundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
const lifetimeBoundaries = [0, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 14_400, 86_400]

/** Makes the instruments. Returns the function that records an event in them. */
function createRecorder(meter: Meter): (event: AuthEvent) => void {
  const exchangeDuration = meter.createHistogram('countersign.token.exchange.duration', {
    unit: 's',
    description: 'Duration of exchanges with a token endpoint, repetitions included.',
    advice: { explicitBucketBoundaries: durationBoundaries },
  })
  const acquisitions = meter.createCounter('countersign.token.acquisitions', {
    unit: '{acquisition}',
    description: 'Attempts to acquire a token, by outcome.',
  })
  const remainingLifetime = meter.createHistogram('countersign.token.remaining_lifetime', {
    unit: 's',
    description: 'How long a token was still valid when a request used it.',
    advice: { explicitBucketBoundaries: lifetimeBoundaries },
  })
  const requestDuration = meter.createHistogram('countersign.request.duration', {
    unit: 's',
    description:
      'Duration of calls to the API until the head of the response, the wait for a token included.',
    advice: { explicitBucketBoundaries: durationBoundaries },
  })
  const retries = meter.createCounter('countersign.retries', {
    unit: '{retry}',
    description: 'Requests that were sent again.',
  })
  const storeFailures = meter.createCounter('countersign.store.failures', {
    unit: '{failure}',
    description: 'Operations of a token store that failed or were too slow.',
  })
  const storePauses = meter.createCounter('countersign.store.pauses', {
    unit: '{pause}',
    description: 'How often a token store failed three times in a row and was not asked for a while.',
  })
  return (event) => {
    const provider = { 'countersign.provider': event.provider }
    switch (event.type) {
      case 'token.exchanged':
        return exchangeDuration.record(event.durationMs / 1000, exchangeAttributes(event))
      case 'token.acquired':
      case 'token.renewed':
      case 'token.failed':
        return acquisitions.add(1, {
          ...provider,
          'countersign.outcome': event.type.slice('token.'.length),
          ...(event.type === 'token.failed' && { 'error.type': event.code }),
        })
      case 'token.retried':
        return retries.add(1, { ...provider, 'countersign.endpoint': 'token', ...errorType(event) })
      case 'request.retried':
        return retries.add(1, { ...provider, 'countersign.endpoint': 'api', ...errorType(event) })
      case 'request.finished': {
        if (event.tokenLifeMs !== undefined) remainingLifetime.record(event.tokenLifeMs / 1000, provider)
        const { status, method } = event
        return requestDuration.record(event.durationMs / 1000, {
          ...provider,
          ...serverAttributes(event.origin),
          'http.request.method': knownMethods.has(method) ? method : '_OTHER',
          ...(status !== undefined && { 'countersign.response.status_class': statusClass(status) }),
          ...errorType(event),
        })
      }
      case 'store.failed':
        return storeFailures.add(1, {
          ...provider,
          'countersign.store.operation': event.operation,
          'error.type': event.reason,
        })
      case 'store.skipped':
        return storePauses.add(1, provider)
      default:
        return undefined
    }
  }
}

type Exchanged = Extract<AuthEvent, { type: 'token.exchanged' }>

/** The span of an exchange, a child of the one that was active when it began. */
function traceExchange(tracer: Tracer, event: Exchanged): void {
  const end = systemClock.now()
  const span = tracer.startSpan(
    'exchange token',
    {
      kind: SpanKind.CLIENT,
      startTime: end - event.durationMs,
      attributes: {
        ...exchangeAttributes(event),
        'countersign.token.attempts': event.attempts,
        ...(event.status !== undefined && { 'http.response.status_code': event.status }),
      },
    },
    context.active(),
  )
  if (event.code !== undefined) span.setStatus({ code: SpanStatusCode.ERROR })
  span.end(end)
}

function exchangeAttributes({ provider, origin, code }: Exchanged): Attributes {
  return {
    'countersign.provider': provider,
    ...serverAttributes(origin),
    ...(code !== undefined && { 'error.type': code }),
  }
}

/** `server.address` and `server.port` (semantic conventions, general attributes). */
function serverAttributes(origin: string): Attributes {
  const { hostname, port, protocol } = new URL(origin)
  return {
    'server.address': hostname.replace(/^\[|\]$/g, ''),
    'server.port': port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port),
  }
}

/** As the HTTP conventions have it: the status of a refusal as text, or the code of what failed without one. */
function errorType({ status, code }: { status?: number | undefined; code?: string | undefined }): Attributes {
  if (status !== undefined) return status >= 400 ? { 'error.type': String(status) } : {}
  return code === undefined ? {} : { 'error.type': code }
}

function statusClass(status: number): string {
  return `${Math.floor(status / 100)}xx`
}

/** Any other method is `_OTHER`, so that callers cannot add time series (HTTP conventions). */
const knownMethods: ReadonlySet<string> = new Set([
  'CONNECT',
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
  'QUERY',
  'TRACE',
])
