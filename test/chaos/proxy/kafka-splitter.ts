import type { Direction, Frame, Splitter } from './frame.ts'

const apiNames: Readonly<Record<number, string>> = {
  0: 'Produce',
  1: 'Fetch',
  2: 'ListOffsets',
  3: 'Metadata',
  8: 'OffsetCommit',
  9: 'OffsetFetch',
  10: 'FindCoordinator',
  11: 'JoinGroup',
  12: 'Heartbeat',
  13: 'LeaveGroup',
  14: 'SyncGroup',
  18: 'ApiVersions',
  22: 'InitProducerId',
  24: 'AddPartitionsToTxn',
  25: 'AddOffsetsToTxn',
  26: 'EndTxn',
  28: 'TxnOffsetCommit',
}

/** Requests whose body begins with the transactional id, in the versions that kafkajs speaks. */
const transactional = new Set([
  'Produce',
  'InitProducerId',
  'AddPartitionsToTxn',
  'AddOffsetsToTxn',
  'EndTxn',
  'TxnOffsetCommit',
])

type Asked = Pick<Frame, 'api' | 'client' | 'transactionalId'>

const lengthBytes = 4

/** A string with its length in two bytes before it; a null string is empty. */
function shortText(bytes: Buffer, at: number): { readonly text: string; readonly end: number } {
  const length = bytes.readInt16BE(at)
  const end = at + 2 + Math.max(0, length)
  return { text: bytes.toString('utf8', at + 2, end), end }
}

function readRequest(bytes: Buffer): Asked & { readonly correlation: number } {
  const api = apiNames[bytes.readInt16BE(4)] ?? String(bytes.readInt16BE(4))
  const correlation = bytes.readInt32BE(8)
  const client = shortText(bytes, 12)
  const transactionalId = transactional.has(api) ? shortText(bytes, client.end).text : ''
  return { api, correlation, client: client.text, transactionalId }
}

/** Kafka's messages: a length in four bytes, then as much. Answers carry nothing but the number of their request. */
export function kafkaSplitter(): Splitter {
  const unfinished: Record<Direction, Buffer> = { request: Buffer.alloc(0), response: Buffer.alloc(0) }
  const asked = new Map<number, Asked>()

  const frameOf = (direction: Direction, bytes: Buffer): Frame => {
    if (direction === 'request') {
      const { correlation, ...request } = readRequest(bytes)
      asked.set(correlation, request)
      return { direction, ...request, isHead: true, bytes }
    }
    const correlation = bytes.readInt32BE(lengthBytes)
    const request = asked.get(correlation) ?? { api: 'unknown', client: '', transactionalId: '' }
    asked.delete(correlation)
    return { direction, ...request, isHead: true, bytes }
  }

  return {
    push(direction, chunk) {
      let rest = unfinished[direction].length === 0 ? chunk : Buffer.concat([unfinished[direction], chunk])
      const frames: Frame[] = []
      while (rest.length >= lengthBytes) {
        const end = lengthBytes + rest.readInt32BE(0)
        if (rest.length < end) break
        frames.push(frameOf(direction, rest.subarray(0, end)))
        rest = rest.subarray(end)
      }
      unfinished[direction] = rest
      return frames
    },
  }
}
