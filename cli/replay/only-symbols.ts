import type { RecordCodec } from '../../avro/codec.ts'
import { MARKET_SYMBOL, TAPE_MACRO } from '../../processors/ingest/tape-record.ts'
import { isMarkerRecord } from '../../streams/marker-record.ts'
import type { Fetched, Log, LogRecord } from '../../streams/port.ts'
import { topicById } from '../../topics/topics.ts'

const schemaIdFrom = 1
const schemaIdBytes = 4

/**
 * A log as the folds of some symbols see it: of topics that are keyed by symbol only what is of these, of the whole market, or a marker.
 * Others would have their rows when a marker closes their buckets.
 */
export function onlySymbols(log: Log, codec: RecordCodec, symbols: readonly string[]): Log {
  if (symbols.length === 0) return log
  const keys = new Set([...symbols, MARKET_SYMBOL])
  const isMacro = macroTest(codec)
  const isKept = (topic: string, record: LogRecord): boolean =>
    isMarkerRecord(record) || keys.has(record.key?.toString('utf8') ?? '') || isMacro(topic, record)
  const only = (fetched: Fetched): Fetched => {
    if (topicById(fetched.topic).key !== 'symbol') return fetched
    return { ...fetched, records: fetched.records.filter((record) => isKept(fetched.topic, record)) }
  }
  return {
    ...pass(log),
    async reader() {
      const reader = await log.reader()
      return {
        fetch: async (positions, waitMs) => (await reader.fetch(positions, waitMs)).map(only),
        close: () => reader.close(),
      }
    },
  }
}

/** Macro values are keyed by their series, so the schema has to tell; it is asked for once. */
function macroTest(codec: RecordCodec): (topic: string, record: LogRecord) => boolean {
  const known = new Map<string, boolean>()
  return (topic, { value }) => {
    const schema = value?.toString('hex', schemaIdFrom, schemaIdFrom + schemaIdBytes) ?? ''
    const isMacro = known.get(schema)
    if (isMacro !== undefined) return isMacro
    const decoded = codec.decode(topic, value)
    // One that nobody knows yet is passed on: the processor finds out.
    if (decoded.kind === 'unknown-id') return true
    const answer = decoded.kind === 'value' && decoded.recordName === TAPE_MACRO
    if (decoded.kind === 'value') known.set(schema, answer)
    return answer
  }
}

function pass(log: Log): Omit<Log, 'reader'> {
  return {
    writer: (id) => log.writer(id),
    membership: (group, topics, mode) => log.membership(group, topics, mode),
    committed: (group, partitions) => log.committed(group, partitions),
    notes: (group, partitions) => log.notes(group, partitions),
    bounds: (partitions) => log.bounds(partitions),
    close: () => log.close(),
  }
}
