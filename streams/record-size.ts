import type { HeaderValue, OutgoingRecord } from './port.ts'

/** What a record costs beside its bytes: lengths, attributes, its share of the batch. */
const overheadBytes = 64

/** Bytes that a record takes in a request, headers and overhead included; text headers are taken to be ASCII. */
export function sizeOf({ key, value, headers }: Pick<OutgoingRecord, 'key' | 'value' | 'headers'>): number {
  let bytes = key.length + value.length + overheadBytes
  for (const name in headers) bytes += name.length + lengthOf(headers[name] ?? '')
  return bytes
}

function lengthOf(value: HeaderValue): number {
  if (typeof value === 'string' || Buffer.isBuffer(value)) return value.length
  return value.reduce((sum, each) => sum + each.length, 0)
}
