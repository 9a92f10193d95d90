import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { z } from 'zod'
import type { TrainedEntry } from './contract-check.ts'
import { type GoldenRows, goldenShape, type ModelRecord, modelRecordShape, packContractsShape } from './model-record.ts'
import { ModelRefusedError } from './model-refused-error.ts'

/** What the folder of a model version holds, each file checked against the sha256 that the record has of it. */
export type VersionFiles = {
  /** `<model id>/<version>`. */
  readonly name: string
  readonly record: ModelRecord
  readonly onnx: Uint8Array
  readonly golden: GoldenRows
  readonly packs: Readonly<Record<string, readonly TrainedEntry[]>>
}

/**
 * Reads the folder `<model id>/<version>` of a model version. Throws {@link ModelRefusedError}: `MODEL_RECORD_INVALID` naming the JSON
 * path, `MODEL_FILE_CHANGED` naming the file; and what the file system throws.
 */
export async function readVersionFiles(folder: string): Promise<VersionFiles> {
  const named = `${basename(dirname(folder))}/${basename(folder)}`
  const record = parseFile(await readFile(join(folder, 'record.json')), 'record.json', modelRecordShape, named)
  const name = `${record.model_id}/${record.model_version}`
  if (name !== named) throw new ModelRefusedError('MODEL_RECORD_INVALID', named, `its record is that of ${name}`)

  const readChecked = async (file: string, expected: string) => {
    const bytes = await readFile(join(folder, file))
    const found = createHash('sha256').update(bytes).digest('hex')
    if (found === expected) return bytes
    throw new ModelRefusedError(
      'MODEL_FILE_CHANGED',
      name,
      `sha256 of ${file} is ${found}, the record says ${expected}`,
    )
  }
  const onnx = await readChecked(record.onnx.file, record.content_hash)
  const golden = await readChecked(record.golden.file, record.golden.sha256)
  const packs = await readChecked(record.contract_file.file, record.contract_file.sha256)
  return {
    name,
    record,
    onnx,
    golden: parseFile(golden, record.golden.file, goldenShape, name),
    packs: parseFile(packs, record.contract_file.file, packContractsShape, name),
  }
}

function parseFile<T>(bytes: Uint8Array, file: string, shape: z.ZodType<T>, model: string): T {
  let document: unknown
  try {
    document = JSON.parse(new TextDecoder().decode(bytes))
  } catch (error) {
    throw new ModelRefusedError('MODEL_RECORD_INVALID', model, `${file} is not JSON`, error)
  }
  const parsed = shape.safeParse(document)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const problem = `${file}, ${issue?.path.map(String).join('.') ?? ''}: ${issue?.message ?? 'malformed'}`
  throw new ModelRefusedError('MODEL_RECORD_INVALID', model, problem, parsed.error)
}
