import { expect, test } from 'vitest'
import { createMetrics, toMetricsText } from '../src/proxy/metrics.ts'

test('label values are escaped, each family is written once, and buckets are cumulative', () => {
  const hostile = createMetrics({ mount: '/a"b\\c\nd' })
  const plain = createMetrics({ mount: '/eu' })
  for (const metrics of [hostile, plain]) metrics.started()
  hostile.ended('GET', 200, 0.02)
  const lines = toMetricsText([hostile, plain]).split('\n')
  const mount = 'mount="/a\\"b\\\\c\\nd"'
  expect(lines).toContain(`countersign_proxy_requests_total{${mount},method="GET",status="200"} 1`)
  expect(lines).toContain('countersign_proxy_in_flight_requests{mount="/eu"} 1')
  const buckets = lines.filter((line) =>
    line.startsWith(`countersign_proxy_request_duration_seconds_bucket{${mount}`),
  )
  expect(buckets.map((line) => line.split(' ').at(-1)).join('')).toBe('001111111111')
  const families = lines.flatMap((line) => /^# TYPE (\S+)/.exec(line)?.slice(1) ?? [])
  expect(families).toEqual([...new Set(families)])
  expect(families).toHaveLength(5)
})
