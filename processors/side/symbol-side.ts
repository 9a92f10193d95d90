import type { Quotes } from './quotes.ts'
import type { ReportedFigures } from './reported-figures.ts'
import { type EventBook, emptyEventBook } from './scheduled-events.ts'
import type { SplitMark } from './split-units.ts'
import { emptySurprises, type Surprises } from './surprises.ts'

/** What is known of one symbol from outside its bars. */
export type SymbolSide = {
  readonly events: EventBook
  readonly figures: ReportedFigures
  readonly surprises: Surprises
  readonly quotes: Quotes
  readonly splits: SplitMark[]
}

/** A symbol of which nothing is known. */
export function emptySymbolSide(): SymbolSide {
  return { events: emptyEventBook(), figures: {}, surprises: emptySurprises(), quotes: [], splits: [] }
}
