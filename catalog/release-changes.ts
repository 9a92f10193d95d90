import type { ReleaseEntry, ReleaseKind } from './release-entry.ts'

/**
 * How the present differs from what was released. `added`: not released yet. `extended`: a view that serves further packs.
 * `reworded`: words only, which mean nothing to a value. The other two break what was promised: `changed` names the cells whose meaning
 * is another, `removed` is gone.
 */
export type ReleaseChange = {
  readonly what: 'added' | 'extended' | 'reworded' | 'changed' | 'removed'
  readonly kind: ReleaseKind
  readonly id: string
  /** Names of the cells that are others; of a view that was extended, those that were added. */
  readonly cells: readonly string[]
}

/** Compares what there is with what was released, in the order of the release and then of what there is. */
export function releaseChanges(
  released: readonly ReleaseEntry[],
  present: readonly ReleaseEntry[],
): readonly ReleaseChange[] {
  const name = ({ kind, id }: ReleaseEntry) => `${kind} ${id}`
  const now = new Map(present.map((entry) => [name(entry), entry]))
  const before = new Set(released.map(name))
  return [
    ...released.flatMap((entry) => changeOf(entry, now.get(name(entry)))),
    ...present
      .filter((entry) => !before.has(name(entry)))
      .map(({ kind, id }): ReleaseChange => ({ what: 'added', kind, id, cells: [] })),
  ]
}

/** Whether a change breaks what a release promised. */
export function isBreaking({ what }: ReleaseChange): boolean {
  return what === 'changed' || what === 'removed'
}

/**
 * What a release records: what was released as it was, but for its words and for packs that views serve now, and what was added.
 * Nothing that breaks a promise may be among the changes.
 */
export function nextRelease(
  released: readonly ReleaseEntry[],
  present: readonly ReleaseEntry[],
): readonly ReleaseEntry[] {
  const breaking = releaseChanges(released, present).find(isBreaking)
  if (breaking !== undefined) throw new RangeError(`${breaking.kind} ${breaking.id} is not what was released`)
  return present
}

function changeOf(before: ReleaseEntry, now: ReleaseEntry | undefined): readonly ReleaseChange[] {
  const { kind, id } = before
  if (now === undefined) return [{ what: 'removed', kind, id, cells: [] }]
  const lost = Object.keys(before.cells).filter((cell) => before.cells[cell] !== now.cells[cell])
  const gained = Object.keys(now.cells).filter((cell) => before.cells[cell] === undefined)
  const changed = kind === 'view' ? lost : [...lost, ...gained]
  if (changed.length > 0) return [{ what: 'changed', kind, id, cells: changed }]
  if (gained.length > 0) return [{ what: 'extended', kind, id, cells: gained }]
  return before.docs === now.docs ? [] : [{ what: 'reworded', kind, id, cells: [] }]
}
