import type { MemoryLog } from '../../../streams/memory/memory-log.ts'
import type { LogRecord, TopicPartition } from '../../../streams/port.ts'

/** Appends records, markers among them, to the same partition of another log. */
export function copyPartition(to: MemoryLog, where: TopicPartition, records: readonly LogRecord[]): void {
  to.produce(
    records.map(({ key, value, timestamp, headers }) => ({
      ...where,
      key: key ?? Buffer.alloc(0),
      value: value ?? Buffer.alloc(0),
      timestamp,
      headers: Object.fromEntries(headers.map((header) => [header.name, header.value.toString('utf8')])),
    })),
  )
}
