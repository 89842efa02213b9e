import type { AuthEvent } from '@countersign/core'

/** Counts for Prometheus. */
export interface Metrics {
  started(): void
  /** A request ended, with the status that the caller got (499 when the caller left). */
  ended(method: string, status: number, seconds: number): void
  heard(event: AuthEvent): void
  /** Text exposition format, version 0.0.4. */
  text(): string
}

/** Upper bounds of the histogram, in seconds. */
const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const tokenEvents = ['acquired', 'renewed', 'failed'] as const

/** The content type of {@link Metrics.text}. */
export const metricsContentType = 'text/plain; version=0.0.4; charset=utf-8'

/** Makes the counts of one proxy. */
export function createMetrics(provider: string): Metrics {
  const requests = new Map<string, number>()
  const tokens = new Map<string, number>(tokenEvents.map((event) => [event, 0]))
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
      const labels = `provider="${provider}",method="${method}",status="${status}"`
      requests.set(labels, (requests.get(labels) ?? 0) + 1)
      for (const [index, bound] of bounds.entries())
        if (seconds <= bound) buckets[index] = (buckets[index] ?? 0) + 1
    },
    heard({ type }) {
      const event = type.replace(/^token\./, '')
      const seen = tokens.get(event)
      if (type.startsWith('token.') && seen !== undefined) tokens.set(event, seen + 1)
    },
    text() {
      const own = `provider="${provider}"`
      const histogram = 'countersign_proxy_request_duration_seconds'
      return [
        ...head('countersign_proxy_requests_total', 'counter', 'Requests answered, by method and status.'),
        ...Array.from(requests, ([labels, value]) => `countersign_proxy_requests_total{${labels}} ${value}`),
        ...head(histogram, 'histogram', 'Time from the head of a request to the end of its answer.'),
        ...bounds.map((bound, index) => `${histogram}_bucket{${own},le="${bound}"} ${buckets[index]}`),
        `${histogram}_bucket{${own},le="+Inf"} ${count}`,
        `${histogram}_sum{${own}} ${sum}`,
        `${histogram}_count{${own}} ${count}`,
        ...head('countersign_proxy_in_flight_requests', 'gauge', 'Requests that are not answered yet.'),
        `countersign_proxy_in_flight_requests{${own}} ${inFlight}`,
        ...head(
          'countersign_proxy_tokens_total',
          'counter',
          'Tokens got for the first time, renewed, failed.',
        ),
        ...Array.from(
          tokens,
          ([event, value]) => `countersign_proxy_tokens_total{${own},event="${event}"} ${value}`,
        ),
        '',
      ].join('\n')
    },
  }
}

function head(name: string, type: string, help: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`]
}
