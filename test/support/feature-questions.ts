import { setTimeout as sleep } from 'node:timers/promises'
import type { AnswerRow, SymbolAnswer } from '../../serve/features/answer.ts'
import type { FeatureService } from '../../serve/features/feature-service.ts'
import { seededRandom } from '../streams/support/random.ts'

/** A question and what it was answered at the time. */
export type Asked = {
  readonly symbol: string
  readonly asOf: number
  readonly packId: string
  readonly timeHorizon: string
  readonly answer: string
}

/** What has to be the same of two answers, as text: times, values, imputed features, states and fill rate, or that there is no row. */
export function sameness(row: Omit<AnswerRow, 'source'> | undefined): string {
  if (row === undefined) return 'no row'
  const { ts, known_at, values, imputed, states, quality, zones } = row
  const exact = values.map((value) => (Object.is(value, -0) ? '-0' : value))
  return JSON.stringify({ ts, known_at, exact, imputed, states, quality, zones })
}

const answered = (each: SymbolAnswer | undefined): string => sameness(each?.status === 'ok' ? each.row : undefined)

/** Every pack with features, on every timeframe that serves it. */
export function askable({
  selector,
}: FeatureService): readonly { readonly packId: string; readonly timeHorizon: string }[] {
  return selector.views.flatMap(({ timeframe, packs }) =>
    selector.packIds
      .filter((id) => id === 'core_v1' || packs.some((pack) => pack.id === id && pack.features.length > 0))
      .map((packId) => ({ packId, timeHorizon: timeframe })),
  )
}

/** Asks at random while data arrives. */
export type Questions = {
  readonly seed: number
  /** How many to ask. */
  readonly count: number
  /** Nearly all are about so long before what is known; the others about any time. */
  readonly recentMs: number
  readonly signal: AbortSignal
}

/**
 * Asks for a random symbol, time, pack and timeframe, again and again, only for times that the data has passed; gives the questions with
 * their answers. Ends when it has asked enough, or is told to.
 */
export async function askAtRandom(
  service: FeatureService,
  { seed, count, recentMs, signal }: Questions,
): Promise<readonly Asked[]> {
  const random = seededRandom(seed)
  const choices = askable(service)
  const firstOf = new Map<string, number>()
  const asked: Asked[] = []
  const pick = <Item>(items: readonly Item[]): Item | undefined => items[Math.floor(random() * items.length)]
  while (asked.length < count && !signal.aborted) {
    const choice = pick(choices)
    if (choice === undefined) break
    const { packId, timeHorizon } = choice
    const selection = service.selector.select(packId, timeHorizon)
    const symbol = pick(service.symbolsOf(selection))
    const clocks = [...service.clocksOf(selection).values()].map(({ knownUntil }) => knownUntil)
    const until = Math.min(...clocks)
    if (symbol === undefined || !Number.isFinite(until)) {
      await sleep(20)
      continue
    }
    const first = Math.min(firstOf.get(timeHorizon) ?? until, until)
    firstOf.set(timeHorizon, first)
    const from = random() < 0.995 ? Math.max(first, until - recentMs) : first
    const asOf = Math.floor(from + random() * (until - from)) - 1
    const answer = await service.getFeatures({ symbols: [symbol], asOf, packId, timeHorizon })
    asked.push({ symbol, asOf, packId, timeHorizon, answer: answered(answer.symbols[0]) })
    // The workers run in this process too, and data has to arrive between the questions.
    if (asked.length % 100 === 0) await sleep(50)
  }
  return asked
}
