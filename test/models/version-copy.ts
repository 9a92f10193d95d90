import { createHash } from 'node:crypto'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ModelRecord } from '../../models/model-record.ts'

/** Folder of the model version that ships with the project. */
export const SHIPPED = fileURLToPath(new URL('../../models/equity_daily_momentum/1', import.meta.url))

/** Folder of the shipped version that has inputs derived of the rows before. */
export const WITH_DERIVED = fileURLToPath(new URL('../../models/equity_daily_changes/1', import.meta.url))

type Draft<T> = { -readonly [K in keyof T]: Draft<T[K]> }

/** A record to edit in place. */
export type RecordDraft = Draft<ModelRecord>

/** A copy of the shipped version in a folder of its own, to tamper with. */
export type VersionCopy = {
  readonly folder: string
  /** Edits record.json. */
  readonly editRecord: (edit: (record: RecordDraft) => void) => Promise<void>
  /** Replaces a file and, as a forger would, its sha256 in the record. */
  readonly replaceFile: (
    file: 'model.onnx' | 'golden.json' | 'contracts.json',
    change: (bytes: Buffer) => Buffer,
  ) => Promise<void>
  readonly remove: () => Promise<void>
}

/** Copies a shipped version. */
export async function copyVersion(shipped = SHIPPED): Promise<VersionCopy> {
  const root = await mkdtemp(join(tmpdir(), 'barline-model-'))
  const folder = join(root, basename(dirname(shipped)), '1')
  await cp(shipped, folder, { recursive: true })
  const editRecord: VersionCopy['editRecord'] = async (edit) => {
    const path = join(folder, 'record.json')
    const record = JSON.parse(await readFile(path, 'utf8')) as RecordDraft
    edit(record)
    await writeFile(path, JSON.stringify(record))
  }
  return {
    folder,
    editRecord,
    replaceFile: async (file, change) => {
      const changed = change(await readFile(join(folder, file)))
      await writeFile(join(folder, file), changed)
      const sha256 = createHash('sha256').update(changed).digest('hex')
      await editRecord((record) => {
        if (file === 'model.onnx') record.content_hash = sha256
        else if (file === 'golden.json') record.golden.sha256 = sha256
        else record.contract_file.sha256 = sha256
      })
    },
    remove: () => rm(root, { recursive: true }),
  }
}

/** Replaces every occurrence of a text in bytes by another of the same length. */
export function replaceText(bytes: Buffer, from: string, to: string): Buffer {
  if (from.length !== to.length) throw new RangeError('the texts must be of one length')
  return Buffer.from(bytes.toString('latin1').replaceAll(from, to), 'latin1')
}
