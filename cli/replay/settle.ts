import { setTimeout as sleep } from 'node:timers/promises'
import { MARKET_STATE } from '../../processors/breadth/state-record.ts'
import { type DrainOptions, type Lag, readLags, StalledError } from '../drain.ts'

const pollMs = 200
/** Rows that wait for a barrier are told from rows under way by time: all before them is done, and nothing has moved for so long. */
const waitingMs = 15_000

/** Records that wait at the end of a replay for a barrier which the tape has not closed. */
export type Waiting = { readonly waiting: number }

/**
 * Waits until every processor has committed what there is for it. Rows of features at the end of the tape may wait for a barrier that
 * closes later, as they do in the chain; these stay where they are and are counted. Throws {@link StalledError} when anything else stands still.
 */
export async function settled(options: DrainOptions): Promise<Waiting> {
  const waits = new Set(
    options.definitions.flatMap(({ name, inputs }) => (inputs.includes(MARKET_STATE) ? [name as string] : [])),
  )
  let calm = 0
  let lastPicture = ''
  let movedAt = performance.now()
  while (calm < 2) {
    const lags = await Promise.race([readLags(options), ...(options.failure ? [options.failure] : [])])
    options.onLag?.(lags)
    const picture = JSON.stringify(lags)
    if (picture !== lastPicture) movedAt = performance.now()
    lastPicture = picture
    const stillMs = performance.now() - movedAt
    const open = lags.filter(({ records }) => records > 0)
    if (open.length > 0 && open.every(({ processor }) => waits.has(processor)) && stillMs > waitingMs) {
      return { waiting: totalOf(open) }
    }
    if (stillMs > options.stallMs && open.length > 0) throw new StalledError(lags, options.stallMs)
    calm = open.length === 0 ? calm + 1 : 0
    await sleep(pollMs)
  }
  return { waiting: 0 }
}

/** Records not committed yet, of all processors together. */
export function totalOf(lags: readonly Lag[]): number {
  return lags.reduce((sum, { records }) => sum + records, 0)
}
