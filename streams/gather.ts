import type { Clock } from './clock.ts'
import type { ChunkLimits } from './runner.ts'

/** A chunk of so many records more is sign of a flood, in which the next commit may wait an interval longer. */
const busyRecords = 4
/** When nothing has come for so long, the flood is over. It is longer than a look at the log takes. */
const quietMs = 100

/** What the wait between two chunks depends on. Times are those of `clock`, in milliseconds. */
export type Gathering = {
  readonly limits: Pick<ChunkLimits, 'records' | 'millis' | 'intervalMs' | 'floodMs' | 'commitsOfWait'>
  readonly lastCommitAt: number
  /** How long the last commit took. */
  readonly commitMillis: number
  /** Records of the last chunk, and how long it took to fill. */
  readonly last: { readonly taken: number; readonly millis: number }
  /** Records that lie in the buffers. */
  readonly ready: () => number
  readonly isStopping: () => boolean
  readonly clock: Clock
}

/**
 * Lets records come together between two chunks. A transaction costs the same for one record as for hundreds, and in a flood the
 * broker's work on transactions is what limits the chain: so a task that is given much waits for more, as long as more keeps coming,
 * until half a chunk has come or `floodMs` are over. How busy the broker is shows in how long a commit takes: where it is quick, the
 * wait stays short, for the sake of latency (`commitsOfWait`). A trickle waits `intervalMs` at most, and after a chunk that was cut off by its
 * limits the next one follows at once. Records that were there before and could not be taken are waiting for something else and do
 * not count.
 */
export async function gather(gathering: Gathering): Promise<void> {
  const { limits, lastCommitAt, commitMillis, last, ready, isStopping, clock } = gathering
  const { records, millis, intervalMs, floodMs, commitsOfWait } = limits
  if (last.taken >= records || last.millis >= millis) return
  const left = ready()
  const patience = Math.max(1, last.taken / busyRecords)
  const earliest = lastCommitAt + intervalMs
  const wait = Math.min(floodMs, patience * intervalMs, commitsOfWait * commitMillis)
  const latest = lastCommitAt + Math.max(intervalMs, wait)
  let seen = left
  while (!isStopping() && seen - left < records / 2) {
    const at = clock.now()
    if (at >= latest) return
    await clock.sleep(Math.min(latest - at, Math.max(earliest - at, quietMs)))
    const found = ready()
    if (found <= seen && clock.now() >= earliest) return
    seen = found
  }
}
