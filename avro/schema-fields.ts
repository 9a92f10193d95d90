import type { FieldType, RecordField } from './schemas.ts'

/** A field that every record has. */
export function required(name: string, type: FieldType, doc: string): RecordField {
  return { name, type, doc }
}

/** A moment: epoch milliseconds, UTC. */
export function timestamp(name: string, doc: string): RecordField {
  return required(name, { type: 'long', logicalType: 'timestamp-millis' }, doc)
}

/** A field that may be absent: null, also for readers of records written before the field was. */
export function nullable(name: string, type: FieldType, doc: string): RecordField {
  return { name, type: ['null', type], default: null, doc }
}
