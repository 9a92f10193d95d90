import { z } from 'zod'
import { CatalogError } from './catalog-error.ts'
import { RELEASE_KINDS, type ReleaseEntry, type ReleaseKind } from './release-entry.ts'

/** The file of what was released, in `catalog/`. */
export const LOCK_FILE = 'released.lock'

const hash = z.string().regex(/^[0-9a-f]+$/, 'must be a hex hash')
const lockFile = z.record(z.string(), z.strictObject({ hash, docs: hash, cells: z.record(z.string(), hash) }))

/** Parses the text of a lock. Throws {@link CatalogError} naming the entry that is malformed. */
export function parseLock(text: string, file: string = LOCK_FILE): readonly ReleaseEntry[] {
  const parsed = lockFile.safeParse(parseJson(text, file))
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new CatalogError('CATALOG_CELL', { file, column: issue?.path.map(String).join('.') }, issue?.message ?? '')
  }
  return Object.entries(parsed.data).map(([name, entry]) => ({ ...nameOf(name, file), ...entry }))
}

/** The text of a lock: JSON with an entry a line, so that a change shows as what it is. */
export function lockText(entries: readonly ReleaseEntry[]): string {
  const order = (entry: ReleaseEntry) => RELEASE_KINDS.indexOf(entry.kind)
  const lines = [...entries]
    .sort((a, b) => order(a) - order(b))
    .map(
      ({ kind, id, hash, docs, cells }) =>
        `${JSON.stringify(`${kind} ${id}`)}: ${JSON.stringify({ hash, docs, cells })}`,
    )
  return `{\n${lines.join(',\n')}\n}\n`
}

function nameOf(name: string, file: string): { readonly kind: ReleaseKind; readonly id: string } {
  const [word = '', id = ''] = name.split(' ')
  const kind = RELEASE_KINDS.find((one) => one === word)
  if (kind !== undefined && id !== '') return { kind, id }
  throw new CatalogError(
    'CATALOG_CELL',
    { file, id: name },
    `must be named by one of ${RELEASE_KINDS.join(', ')} and an id`,
  )
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new CatalogError('CATALOG_SYNTAX', { file }, `not JSON: ${String(error)}`, error)
  }
}
