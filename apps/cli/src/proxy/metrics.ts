import type { AuthEvent } from '@countersign/core'

/** Counts of one mount, for Prometheus. */
export interface Metrics {
  started(): void
  /** A request ended, with the status that the caller got (499 when the caller left). */
  ended(method: string, status: number, seconds: number): void
  heard(event: AuthEvent): void
  /** The lines of each family, by its name. */
  samples(): Readonly<Record<Family, readonly string[]>>
}

type Family = keyof typeof families

const families = {
  countersign_proxy_requests_total: ['counter', 'Requests answered, by method and status.'],
  countersign_proxy_request_duration_seconds: [
    'histogram',
    'Time from the head of a request to the end of its answer.',
  ],
  countersign_proxy_in_flight_requests: ['gauge', 'Requests that are not answered yet.'],
  countersign_proxy_tokens_total: ['counter', 'Tokens got for the first time, renewed, failed.'],
  countersign_proxy_token_store_failures_total: [
    'counter',
    'Operations of the token store that failed or took longer than 250 ms.',
  ],
} as const

/** Upper bounds of the histogram, in seconds. */
const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const storeFaults = ['timeout', 'error'] as const
const tokenEvents = ['acquired', 'renewed', 'failed'] as const

/** The content type of {@link toMetricsText}. */
export const metricsContentType = 'text/plain; version=0.0.4; charset=utf-8'

/** Makes counts that carry these labels. */
export function createMetrics(labels: Readonly<Record<string, string>>): Metrics {
  const own = toLabels(labels)
  const requests = new Map<string, number>()
  const tokens = new Map<string, number>(tokenEvents.map((event) => [event, 0]))
  const storeFailures = new Map<string, number>(storeFaults.map((reason) => [reason, 0]))
  const buckets = bounds.map(() => 0)
  let inFlight = 0
  let count = 0
  let sum = 0
  return {
    started() {
      inFlight++
    },
    ended(method, status, seconds) {
      inFlight--
      count++
      sum += seconds
      const key = `${own},${toLabels({ method, status: String(status) })}`
      requests.set(key, (requests.get(key) ?? 0) + 1)
      for (const [index, bound] of bounds.entries())
        if (seconds <= bound) buckets[index] = (buckets[index] ?? 0) + 1
    },
    heard(happened) {
      const { type } = happened
      if (type === 'store.failed')
        storeFailures.set(happened.reason, (storeFailures.get(happened.reason) ?? 0) + 1)
      const event = type.replace(/^token\./, '')
      const seen = tokens.get(event)
      if (type.startsWith('token.') && seen !== undefined) tokens.set(event, seen + 1)
    },
    samples() {
      const histogram = 'countersign_proxy_request_duration_seconds'
      return {
        countersign_proxy_requests_total: Array.from(
          requests,
          ([key, value]) => `countersign_proxy_requests_total{${key}} ${value}`,
        ),
        [histogram]: [
          ...bounds.map((bound, index) => `${histogram}_bucket{${own},le="${bound}"} ${buckets[index]}`),
          `${histogram}_bucket{${own},le="+Inf"} ${count}`,
          `${histogram}_sum{${own}} ${sum}`,
          `${histogram}_count{${own}} ${count}`,
        ],
        countersign_proxy_in_flight_requests: [`countersign_proxy_in_flight_requests{${own}} ${inFlight}`],
        countersign_proxy_tokens_total: Array.from(
          tokens,
          ([event, value]) => `countersign_proxy_tokens_total{${own},event="${event}"} ${value}`,
        ),
        countersign_proxy_token_store_failures_total: Array.from(
          storeFailures,
          ([reason, value]) =>
            `countersign_proxy_token_store_failures_total{${own},reason="${reason}"} ${value}`,
        ),
      }
    },
  }
}

/** Labels with their values escaped as the format wants it. */
function toLabels(labels: Readonly<Record<string, string>>): string {
  const escapeValue = (value: string) => value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeValue(value)}"`)
    .join(',')
}

/** Text exposition format, version 0.0.4: each family once, over all mounts. */
export function toMetricsText(metrics: readonly Metrics[]): string {
  const all = metrics.map((each) => each.samples())
  const lines = Object.entries(families).flatMap(([name, [type, help]]) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...all.flatMap((samples) => samples[name as Family]),
  ])
  return [...lines, ''].join('\n')
}
