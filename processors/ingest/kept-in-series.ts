import { type Place, placeIncreasing, placeRepeat, type Remembered, remember, type SeriesWords } from './series.ts'
import type { KeyState } from './tape-state.ts'

/** Which series of its key a record belongs to, and what it is there. */
export type SeriesMembership<Raw, Tape> = {
  /** Name of the series: a timeframe, an item, … */
  readonly seriesOf: (record: Raw | Tape) => string
  /** What a refusal calls the record. */
  readonly what: (record: Raw) => string
  /** The time that it is about, as the raw record and as the tape record have it. */
  readonly time: string & keyof Raw
  readonly tapeTime: string & keyof Tape
  /** Fields in which a repeat equals the first. */
  readonly fields: readonly (string & keyof Raw & keyof Tape)[]
  /** Decides on what stands to the series (default: {@link placeIncreasing}). */
  readonly rule?: (series: readonly Remembered[], record: Remembered, words: SeriesWords) => Place
}

/** How records of a kind are placed and remembered in a series of their key. */
export type SeriesKeeper<Raw, Tape> = {
  readonly place: (known: KeyState, raw: Raw) => Place
  /** As `place`, of the repeat of a remembered time alone; undefined if it is none. */
  readonly placeRepeat: (known: KeyState, raw: Raw) => Place | undefined
  readonly take: (known: KeyState, tape: Tape) => void
}

/** Keeps the records of a kind in series. The times and compared fields of a sound record are as the membership says. */
export function keptInSeries<Raw extends { readonly known_at: number }, Tape extends { readonly raw_known_at: number }>(
  membership: SeriesMembership<Raw, Tape>,
): SeriesKeeper<Raw, Tape> {
  const { seriesOf, what, time, tapeTime, fields, rule = placeIncreasing } = membership
  const nothing: readonly Remembered[] = []
  const fromRaw = (raw: Raw): Remembered => ({
    ts: Number(raw[time]),
    knownAt: raw.known_at,
    said: fields.map((field) => raw[field]),
  })
  const placedBy =
    <Found>(decide: (series: readonly Remembered[], record: Remembered, words: SeriesWords) => Found, ahead: Found) =>
    ({ series }: KeyState, raw: Raw): Found => {
      const seen = series.get(seriesOf(raw)) ?? nothing
      const newest = seen.at(-1)
      // What is ahead of its series is most of what comes, and needs no comparison.
      if (!newest || Number(raw[time]) > newest.ts) return ahead
      return decide(seen, fromRaw(raw), { what: what(raw), time, fields })
    }
  return {
    place: placedBy<Place>(rule, 'next'),
    placeRepeat: placedBy<Place | undefined>(placeRepeat, undefined),
    take({ series }, tape) {
      const name = seriesOf(tape)
      const records = series.get(name) ?? []
      series.set(name, records)
      const said = fields.map((field) => tape[field])
      remember(records, { ts: Number(tape[tapeTime]), knownAt: tape.raw_known_at, said })
    },
  }
}
