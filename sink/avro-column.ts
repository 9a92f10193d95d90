import type { FieldType, RecordField } from '../avro/schemas.ts'
import type { ColumnType, ScalarKind } from './column-type.ts'

/** Names of the fields whose few values repeat: they are kept as dictionaries (LowCardinality). */
const repeating = new Set(
  (
    'symbol timeframe event_type item series unit source portfolio scope name status reason processor source_topic ' +
    'model_id model_version blend_id blend_version features_hash run_id'
  ).split(' '),
)

const primitives: Readonly<Record<string, ScalarKind>> = {
  string: 'string',
  bytes: 'bytes',
  boolean: 'boolean',
  int: 'int32',
  long: 'int64',
  float: 'float32',
  double: 'float64',
}

/** The column that a field is kept in, or undefined if there is none for its type. */
export function columnTypeOf(field: RecordField): ColumnType | undefined {
  const type = fromAvro(field.type, false)
  // The codes of a state are few; the catalog gives them eight bits.
  if (field.codes !== undefined && type?.kind === 'int32') return { ...type, kind: 'int8' }
  return type?.kind === 'string' && repeating.has(field.name) ? { ...type, lowCardinality: true } : type
}

function fromAvro(type: FieldType, nullable: boolean): ColumnType | undefined {
  if (typeof type === 'string') return scalar(primitives[type], nullable)
  if (isUnion(type)) {
    const others = type.filter((branch) => branch !== 'null')
    const [only] = others
    return only !== undefined && others.length === 1 && type.length === 2 ? fromAvro(only, true) : undefined
  }
  if (type.logicalType === 'timestamp-millis' && type.type === 'long') return scalar('instant', nullable)
  if (type.logicalType !== undefined) return undefined
  if (type.type === 'enum') return { kind: 'string', nullable, lowCardinality: true }
  if (type.type === 'array' && type.items !== undefined) {
    const items = fromAvro(type.items, false)
    return items && { kind: 'array', items, ...(nullable && { nullAsEmpty: true }) }
  }
  // ClickHouse has no Nullable(Map), and an empty map may mean something else than none.
  if (type.type === 'map' && type.values !== undefined && !nullable) {
    const values = fromAvro(type.values, false)
    return values && { kind: 'map', values }
  }
  return typeof type.type === 'string' ? scalar(primitives[type.type], nullable) : undefined
}

const isUnion = (type: Exclude<FieldType, string>): type is readonly FieldType[] => Array.isArray(type)

const scalar = (kind: ScalarKind | undefined, nullable: boolean): ColumnType | undefined => kind && { kind, nullable }
