import type { ResolvedView } from '../catalog/views.ts'
import { featureViewSchema } from './feature-view-schema.ts'
import { loadSchemas, type RecordSchema, SchemaFileError } from './schemas.ts'

/**
 * Checks that the record of each view has a field for all that the catalog says of it: what has none would be left out of the
 * records without a word. Throws {@link SchemaFileError} naming the field that is missing.
 */
export function checkViewSchemas(
  views: readonly ResolvedView[],
  schemas: ReadonlyMap<string, RecordSchema> = loadSchemas(),
): void {
  for (const view of views) {
    const there = new Set(schemas.get(view.record)?.fields.map(({ name }) => name))
    const missing = featureViewSchema(view).fields.filter(({ name }) => !there.has(name))
    const [first] = missing
    if (first === undefined) continue
    const others = missing.length === 1 ? '' : ` and ${missing.length - 1} more`
    const problem = `lacks ${first.name}${others}, which the catalog has in ${view.id}: run \`node --import tsx avro/generate.ts\``
    throw new SchemaFileError(`the schema of ${view.record}`, problem)
  }
}
