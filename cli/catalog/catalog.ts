import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { recordReleases } from '../../avro/record-releases.ts'
import { catalogFile } from '../../catalog/project-root.ts'
import { isBreaking, nextRelease, type ReleaseChange, releaseChanges } from '../../catalog/release-changes.ts'
import type { ReleaseEntry } from '../../catalog/release-entry.ts'
import { LOCK_FILE, lockText, parseLock } from '../../catalog/release-lock.ts'
import { presentEntries } from './present-entries.ts'

type Print = (line: string) => void

/** What was released; nothing before the first release. Throws `CatalogError` on a lock that cannot be read. */
export function loadReleased(file: URL = catalogFile(LOCK_FILE)): readonly ReleaseEntry[] {
  return existsSync(file) ? parseLock(readFileSync(file, 'utf8')) : []
}

/** `barline catalog check`: says what breaks the release. Resolves to the exit code, 1 if anything does. */
export function checkCatalog(print: Print, present = presentEntries(), released = loadReleased()): number {
  const changes = releaseChanges(released, present)
  const breaking = changes.filter(isBreaking)
  for (const change of breaking) print(describeChange(change))
  const added = changes.filter(({ what }) => what === 'added' || what === 'extended').length
  if (breaking.length === 0) {
    print(`${released.length} released entries are as they were${added === 0 ? '' : `; ${added} are not released yet`}`)
    return 0
  }
  print(`${breaking.length} of ${released.length} released entries are not what was released; see docs/features.md`)
  return 1
}

/** `barline catalog diff`: every change since the release, and what it means for those who use it. */
export function diffCatalog(print: Print, present = presentEntries(), released = loadReleased()): number {
  const changes = releaseChanges(released, present)
  for (const change of changes) print(describeChange(change))
  if (changes.length === 0) print('nothing has changed since the release')
  return 0
}

/**
 * `barline catalog release`: records what is new in the lock, and a version of each schema that has grown. Writes nothing and
 * resolves to 1 where something released has another meaning. Throws `SchemaIncompatibleError` where a schema breaks an earlier one.
 */
export function releaseCatalog(print: Print): number {
  const released = loadReleased()
  const breaks = releaseChanges(released, presentEntries()).filter(isBreaking)
  for (const change of breaks) print(describeChange(change))
  if (breaks.length > 0) return 1
  for (const file of recordReleases()) print(`schema version ${file}`)
  const next = nextRelease(released, presentEntries())
  const changes = releaseChanges(released, next)
  for (const change of changes) print(describeChange(change))
  if (changes.length > 0) writeFileSync(catalogFile(LOCK_FILE), lockText(next))
  print(changes.length === 0 ? 'nothing new to release' : `${next.length} entries in catalog/${LOCK_FILE}`)
  return 0
}

/** A change in words, with what to do instead of one that is refused. */
function describeChange({ what, kind, id, cells }: ReleaseChange): string {
  const named = cells.join(', ')
  switch (what) {
    case 'added':
      return `new: ${kind} ${id}`
    case 'extended':
      return `extended: ${kind} ${id} by ${named}`
    case 'reworded':
      return `words only: ${kind} ${id}`
    case 'removed':
      return `REFUSED: ${kind} ${id} is gone; what was released stays, beside what replaces it`
    case 'changed':
      return `REFUSED: ${kind} ${id} was released with another ${named}; ${remedies[kind]}`
  }
}

const remedies: Readonly<Record<ReleaseChange['kind'], string>> = {
  indicator: 'give the new meaning an id of its own',
  feature: 'give the new meaning an id of its own, in a later version of its pack',
  pack: 'a further feature belongs to the next version of the pack',
  view: 'declare another view',
  schema: 'a recorded version never changes; add a nullable field to the current one',
  recipe: 'write another recipe',
  model: 'a change is the next version of the model',
}
