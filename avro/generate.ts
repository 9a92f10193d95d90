import { staleSchemaFiles, writeSchemas } from './generated-schemas.ts'

// Script: writes the generated schemas from catalog/, or with --check only says which are stale and exits with 1.
if (process.argv.includes('--check')) {
  const stale = staleSchemaFiles()
  for (const file of stale)
    process.stderr.write(`avro/schemas/${file} is stale: run node --import tsx avro/generate.ts\n`)
  process.exitCode = stale.length > 0 ? 1 : 0
} else {
  for (const file of writeSchemas()) process.stdout.write(`Wrote avro/schemas/${file}\n`)
}
