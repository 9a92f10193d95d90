/** What a file may hold, as `--kind` says it. */
export const fileKinds = ['bars', 'events', 'fundamentals', 'macro', 'positions', 'quotes'] as const

/** One of {@link fileKinds}. */
export type FileKind = (typeof fileKinds)[number]
