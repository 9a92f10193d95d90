import { setTimeout as sleep } from 'node:timers/promises'
import type { Frame } from './frame.ts'

/** What becomes of a frame: it goes on, it is lost, the connection is cut in its place, or another answer takes its place. */
export type Verdict = 'forward' | 'drop' | 'cut' | { readonly answer: Buffer }

/** A frame on its way, and the number of its connection. */
export type Passing = Frame & { readonly connection: number }

/** Which frame is meant; what is not said does not matter. */
export type Wanted = Partial<Pick<Passing, 'direction' | 'api' | 'client' | 'transactionalId' | 'connection'>>

/** A frame that is held in the proxy until somebody says what becomes of it. */
export type Caught = { readonly frame: Passing; release(verdict: Verdict): void }

/** A frame was waited for and did not come. */
export class NothingCaughtError extends Error {
  constructor(wanted: Wanted, withinMs: number) {
    super(`No ${JSON.stringify(wanted)} passed within ${withinMs} ms`)
    this.name = 'NothingCaughtError'
  }
}

type Snare = { readonly wanted: Wanted; readonly spring: (caught: Caught) => void }

const matches = (wanted: Wanted, frame: Passing): boolean =>
  frame.isHead && Object.entries(wanted).every(([name, value]) => frame[name as keyof Wanted] === value)

/** Snares of one proxy: each catches one frame. */
export class Snares {
  readonly #set = new Set<Snare>()

  /** Catches the next such frame, and holds it. Throws {@link NothingCaughtError} when none comes in time. */
  async catchNext(wanted: Wanted, withinMs: number): Promise<Caught> {
    let snare: Snare | undefined
    const caught = new Promise<Caught>((resolve) => {
      snare = { wanted, spring: resolve }
      this.#set.add(snare)
    })
    const timer = new AbortController()
    const late = sleep(withinMs, 'late' as const, { signal: timer.signal })
    late.catch(() => undefined)
    const first = await Promise.race([caught, late])
    timer.abort()
    if (first !== 'late') return first
    if (snare) this.#set.delete(snare)
    throw new NothingCaughtError(wanted, withinMs)
  }

  /** What becomes of a frame: held if a snare is set for it. */
  judge(frame: Passing): Promise<Verdict> | 'forward' {
    for (const snare of this.#set) {
      if (!matches(snare.wanted, frame)) continue
      this.#set.delete(snare)
      return new Promise<Verdict>((resolve) => snare.spring({ frame, release: resolve }))
    }
    return 'forward'
  }
}
