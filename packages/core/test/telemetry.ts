import type { Attributes, Meter, Tracer } from '@opentelemetry/api'
import {
  AggregationTemporality,
  DataPointType,
  InMemoryMetricExporter,
  MeterProvider,
  type MetricData,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace'

/** One time series of a metric; `sum` where it does not depend on how fast the computer is. */
interface Point {
  attributes: Attributes
  count?: number
  value?: number
  sum?: number
}

/** The SDK with exporters in memory. */
export interface Telemetry {
  meter: Meter
  tracer: Tracer
  spans(): ReadableSpan[]
  /** The unit and the time series of a metric. */
  points(name: string): Promise<{ unit: string; points: Point[] }>
  /** All that left the process: names, attributes, statuses and events. */
  exported(): Promise<unknown[]>
}

const measuredInRealTime = /duration$/

export function createTelemetry(): Telemetry {
  const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({
    exporter: metricExporter,
    exportIntervalMillis: 2 ** 31 - 1,
    exportTimeoutMillis: 30_000,
  })
  const meters = new MeterProvider({ readers: [reader] })
  const spanExporter = new InMemorySpanExporter()
  const tracers = new TracerProvider({
    spanProcessors: [new SimpleSpanProcessor({ exporter: spanExporter })],
  })
  async function collect(): Promise<MetricData[]> {
    await meters.forceFlush()
    const all = metricExporter.getMetrics().at(-1)
    return all?.scopeMetrics.flatMap(({ metrics }) => metrics) ?? []
  }
  return {
    meter: meters.getMeter('test'),
    tracer: tracers.getTracer('test'),
    spans: () => spanExporter.getFinishedSpans(),
    async points(name) {
      const metric = (await collect()).find(({ descriptor }) => descriptor.name === name)
      if (metric === undefined) return { unit: '', points: [] }
      const points =
        metric.dataPointType === DataPointType.HISTOGRAM
          ? metric.dataPoints.map(({ attributes, value: { count, sum } }) =>
              measuredInRealTime.test(name) ? { attributes, count } : { attributes, count, sum: sum ?? 0 },
            )
          : metric.dataPoints.map(({ attributes, value }) => ({ attributes, value: value as number }))
      return { unit: metric.descriptor.unit, points }
    },
    async exported() {
      const spans = spanExporter
        .getFinishedSpans()
        .map(({ name, attributes, status, events }) => ({ name, attributes, status, events }))
      return [...(await collect()), ...spans]
    },
  }
}
