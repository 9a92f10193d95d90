import type { DecodedInput } from '../../../streams/input-record.ts'

/** A record of a test as the runtime holds it: read, decoded, not yet taken. */
export function decodedInput(topic: string, partition: number, offset: number, ts = offset): DecodedInput {
  const value = { key: 'K', ts, known_at: ts }
  return {
    where: { topic, partition },
    raw: {
      offset,
      timestamp: ts,
      key: Buffer.from('K'),
      value: Buffer.from('raw bytes'),
      headers: [{ name: 'origin', value: Buffer.from([0xff, 1]) }],
    },
    input: {
      kind: 'data',
      topic,
      partition,
      offset,
      timestamp: ts,
      key: 'K',
      recordName: 'test.Number',
      value,
      headers: {},
    },
    refusal: undefined,
  }
}
