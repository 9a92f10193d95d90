import type { RecordCodec } from '../../../avro/codec.ts'
import type { OutgoingRecord } from '../../../streams/port.ts'

/** A record among the bars that is no new bar. `unstorable`: its bytes keep the sink, too, from storing it. */
export type Noise = { readonly kind: string; readonly record: OutgoingRecord; readonly unstorable: boolean }

/** A bar of the load, to spoil or to repeat. */
export type LoadedBar = { readonly record: OutgoingRecord; readonly value: Readonly<Record<string, unknown>> }

const topic = 'market.bars'
const unknownSchemaId = 987_654_321
const hugeBytes = 960_000
const hugeKind = 'a record near the largest size'

type Make = (codec: RecordCodec, newest: LoadedBar, older: LoadedBar) => OutgoingRecord

const withValue =
  (make: (value: Buffer) => Buffer): Make =>
  (_codec, { record }) => ({ ...record, value: make(record.value) })

const withFields =
  (fieldsOf: (value: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>): Make =>
  (codec, { record, value }) => ({
    ...record,
    value: codec.encode(topic, 'barline.market.Bar', { ...value, ...fieldsOf(value) }),
  })

function withSchemaId(value: Buffer): Buffer {
  const copy = Buffer.from(value)
  copy.writeInt32BE(unknownSchemaId, 1)
  return copy
}

/** Bytes that nothing can read: refused by ingest and by the sink. */
const unreadable: Readonly<Record<string, Make>> = {
  'random bytes': withValue(() => Buffer.from('{"close": 11}\xff\x00', 'latin1')),
  'an empty value': withValue(() => Buffer.alloc(0)),
  'fewer than five bytes': withValue(() => Buffer.from([0, 0, 1])),
  'a wrong magic byte': withValue((value) => Buffer.concat([Buffer.from([7]), value.subarray(1)])),
  'an unknown schema id': withValue(withSchemaId),
  'a truncated body': withValue((value) => value.subarray(0, value.length - 9)),
  [hugeKind]: withValue(() => Buffer.alloc(hugeBytes, 'x')),
}

/** Records that can be read and are wrong: refused by ingest, stored by the sink as they came. */
const unsound: Readonly<Record<string, Make>> = {
  'a price that is NaN': withFields(() => ({ close: Number.NaN })),
  'a negative price': withFields(() => ({ low: -1 })),
  'high below low': withFields(({ low }) => ({ high: Number(low) / 2 })),
  'a timeframe that is not there': withFields(() => ({ timeframe: '7m' })),
  'a bar once more': (_codec, { record }) => record,
  'a bar once more, changed': withFields(({ close, low }) => ({ close: (Number(close) + Number(low)) / 2 })),
  'a bar older than the newest': (_codec, _newest, { record }) => record,
}

const kinds = [
  ...Object.entries(unreadable).map(([kind, make]) => ({ kind, make, unstorable: true })),
  ...Object.entries(unsound).map(([kind, make]) => ({ kind, make, unstorable: false })),
]

/** All kinds of noise there are. */
export const noiseKinds: readonly string[] = kinds.map(({ kind }) => kind)

/** A piece of noise beside the newest bar of a partition. */
export function makeNoise(codec: RecordCodec, random: () => number, newest: LoadedBar, older: LoadedBar): Noise {
  const drawn = kinds[Math.floor(random() * kinds.length)] ?? kinds[0] ?? fail()
  // A megabyte each time would make a load of little else.
  const isRare = drawn.kind === hugeKind && random() > 0.2
  const { kind, make, unstorable } = isRare ? (kinds[0] ?? fail()) : drawn
  return { kind, unstorable, record: { ...make(codec, newest, older), timestamp: newest.record.timestamp } }
}

function fail(): never {
  throw new Error('There is no kind of noise')
}
