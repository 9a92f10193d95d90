import type { RecordCodec } from '../../avro/codec.ts'
import type { DigestedParts } from '../../streams/digest.ts'
import { type DecodedInput, decodeInput } from '../../streams/input-record.ts'
import { isSame } from '../backfill/live-rows.ts'

/** A field in which two records differ, and what each says, as text. */
export type FieldDifference = { readonly field: string; readonly live: string; readonly other: string }

/** The first place at which two topics, or a topic and its table, are not the same. `ts`: UTC epoch milliseconds. */
export type Difference = {
  readonly topic: string
  readonly partition: number
  /** Place among the data records of the partition, from 0. */
  readonly ordinal: number
  readonly key: string
  readonly ts: number
  readonly fields: readonly FieldDifference[]
}

/** A data record of one side and the parts of it that count. */
export type SideRecord = { readonly decoded: DecodedInput; readonly parts: DigestedParts }

/** Whether two records are the same, byte for byte. */
export function isEqual(a: DigestedParts, b: DigestedParts): boolean {
  return a.every((part, index) => b[index]?.equals(part) === true)
}

/** The fields in which two records differ; a side without a record at this place is undefined. */
export function fieldsOf(live: SideRecord | undefined, other: SideRecord | undefined): FieldDifference[] {
  if (live === undefined || other === undefined) {
    return [{ field: '(record)', live: live ? 'there' : 'missing', other: other ? 'there' : 'missing' }]
  }
  const differences: FieldDifference[] = []
  const note = (field: string, a: unknown, b: unknown) => differences.push({ field, live: textOf(a), other: textOf(b) })
  const [leftKey, leftSchema, leftBody, leftContracts] = live.parts
  const [rightKey, rightSchema, rightBody, rightContracts] = other.parts
  if (!leftKey.equals(rightKey)) note('(key)', leftKey, rightKey)
  if (!leftSchema.equals(rightSchema)) note('(schema)', leftSchema, rightSchema)
  if (!leftContracts.equals(rightContracts)) note('(contract headers)', leftContracts, rightContracts)
  const [a, b] = [fieldsIn(live), fieldsIn(other)]
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])]
  for (const name of names) if (!isSame(a[name], b[name])) note(name, a[name], b[name])
  if (differences.length === 0) note('(bytes)', leftBody.toString('hex'), rightBody.toString('hex'))
  return differences
}

/** Decodes a record of the log, so that a difference can be worded. */
export async function sideRecord(
  codec: RecordCodec,
  where: DecodedInput['where'],
  raw: DecodedInput['raw'],
  parts: DigestedParts,
): Promise<SideRecord> {
  return { decoded: await decodeInput(codec, where, raw), parts }
}

function fieldsIn({ decoded }: SideRecord): Readonly<Record<string, unknown>> {
  if (decoded.input?.kind === 'data') return decoded.input.value
  return { '(unreadable)': decoded.refusal?.message ?? 'a marker' }
}

/** A value as text, not longer than a line. */
export function textOf(value: unknown): string {
  const text = typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)
  return text.length > 100 ? `${text.slice(0, 97)}...` : text
}
