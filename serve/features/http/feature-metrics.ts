import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { RunningFeatureService } from '../open-feature-service.ts'

/** What is measured of requests and of what the service holds. */
export type FeatureMetrics = {
  /** A request was answered; `route` is one of a closed list, `seconds` until the last byte was handed over. */
  answered(route: string, status: number, seconds: number): void
  /** A request was refused, or could not be answered, by its code. */
  refused(code: string): void
  /** The text format of Prometheus. */
  text(): Promise<string>
}

/** Metrics of a service, in a registry of their own. Times are in seconds; rows, bytes and lag are looked up when they are asked for. */
export function createFeatureMetrics(service: RunningFeatureService): FeatureMetrics {
  const registry = new Registry()
  const registers = [registry]
  const requests = new Counter({
    name: 'barline_feature_requests_total',
    help: 'Requests answered, by route and HTTP status',
    labelNames: ['route', 'status'],
    registers,
  })
  const errors = new Counter({
    name: 'barline_feature_errors_total',
    help: 'Requests that were refused or failed, by error code',
    labelNames: ['code'],
    registers,
  })
  const latency = new Histogram({
    name: 'barline_feature_request_seconds',
    help: 'Time from a request to the last byte of its answer',
    labelNames: ['route'],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30],
    registers,
  })
  const gauge = (name: string, help: string, labelNames: string[], collect: (gauge: Gauge) => void) =>
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset()
        collect(this)
      },
    })
  gauge('barline_feature_rows_held', 'Rows kept in memory', ['view'], (rows) => {
    for (const held of service.held()) rows.set({ view: held.view }, held.rows)
  })
  gauge('barline_feature_bytes_held', 'Bytes of the numbers of these rows', ['view'], (bytes) => {
    for (const held of service.held()) bytes.set({ view: held.view }, held.bytes)
  })
  gauge('barline_feature_lag_records', 'Records of the topics that are not read yet', [], (lag) => {
    lag.set(service.status().lag)
  })
  gauge('barline_feature_log_up', '1 = the log could be read the last time, 0 = it could not', [], (up) => {
    up.set(service.status().failure === undefined ? 1 : 0)
  })
  gauge('barline_feature_last_read_timestamp_seconds', 'When the log was last read', [], (at) => {
    const { readAt } = service.status()
    if (readAt !== undefined) at.set(readAt / 1000)
  })
  gauge(
    'barline_feature_known_until_timestamp_seconds',
    'Event time up to which a partition is known',
    ['view', 'partition'],
    (known) => {
      for (const { view, clocks } of service.held()) {
        for (const [partition, { knownUntil }] of clocks) {
          if (Number.isFinite(knownUntil)) known.set({ view, partition: String(partition) }, knownUntil / 1000)
        }
      }
    },
  )
  return {
    answered(route, status, seconds) {
      requests.inc({ route, status: String(status) })
      latency.observe({ route }, seconds)
    },
    refused: (code) => errors.inc({ code }),
    text: () => registry.metrics(),
  }
}
