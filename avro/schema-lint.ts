import { type FieldType, fullName, type RecordField, type RecordSchema } from './schemas.ts'

const PRIMITIVES = new Set(['boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'])
const NAMES_A_TIME = /^(ts|ts_.+|.+_ts|.+_at|.+_timestamp|period_end)$/

/**
 * What a schema does that the house forbids, one sentence each: enums, fixed and nested records (they do not evolve),
 * unions other than `["null", X]` with default null, logical types other than `timestamp-millis`, times that are not
 * `timestamp-millis`, a missing doc or namespace, names that are not lower case with underscores.
 */
export function lintSchema(schema: RecordSchema): readonly string[] {
  const record = fullName(schema)
  const problems: string[] = []
  if (!schema.namespace?.startsWith('barline')) problems.push(`${record} has no namespace below barline`)
  if (!schema.doc) problems.push(`${record} has no doc`)
  const names = schema.fields.map(({ name }) => name)
  for (const name of names) {
    if (!/^[a-z][a-z0-9_]*$/.test(name)) problems.push(`${record}.${name} is not lower case with underscores`)
    if (names.indexOf(name) !== names.lastIndexOf(name)) problems.push(`${record}.${name} is there twice`)
  }
  for (const field of schema.fields) problems.push(...lintField(field).map((text) => `${record}.${field.name} ${text}`))
  return problems
}

function lintField(field: RecordField): readonly string[] {
  const problems = [...lintType(field.type)]
  if (!field.doc) problems.push('has no doc')
  if (Array.isArray(field.type) && field.default !== null) problems.push('is nullable but its default is not null')
  if (NAMES_A_TIME.test(field.name) && !isTimestamp(branchOf(field.type)))
    problems.push('is a time but not timestamp-millis')
  return problems
}

function lintType(type: FieldType): readonly string[] {
  if (typeof type === 'string') return PRIMITIVES.has(type) ? [] : [`has the type ${type}`]
  if (Array.isArray(type)) {
    const [none, branch, ...more] = type as readonly FieldType[]
    if (none !== 'null' || branch === undefined || more.length > 0 || Array.isArray(branch)) {
      return ['has a union other than ["null", X]']
    }
    return lintType(branch)
  }
  const shape = type as Exclude<FieldType, string | readonly FieldType[]>
  if (shape.type === 'array' && shape.items !== undefined) return lintType(shape.items)
  if (shape.type === 'map' && shape.values !== undefined) return lintType(shape.values)
  if (shape.logicalType !== undefined && !isTimestamp(shape)) return [`has the logical type ${shape.logicalType}`]
  return lintType(shape.type)
}

function branchOf(type: FieldType): FieldType | undefined {
  return Array.isArray(type) ? (type as readonly FieldType[])[1] : type
}

function isTimestamp(type: FieldType | undefined): boolean {
  if (typeof type !== 'object' || !('type' in type)) return false
  return type.type === 'long' && type.logicalType === 'timestamp-millis'
}
