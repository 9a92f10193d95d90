/** Stages of a transaction at which a test may make the worker stand still (and then kill it). */
export const faultStages = ['before-send', 'after-send', 'after-offsets', 'after-commit'] as const

/** One of {@link faultStages}. */
export type FaultStage = (typeof faultStages)[number]

/** Called at each stage of each transaction; a promise that never settles holds the transaction open. */
export type FaultPoint = (transactionalId: string, stage: FaultStage) => Promise<void> | undefined

/**
 * A fault point from `<stage>:<n>`: the n-th transaction with records that reaches the stage says so through `announce` and
 * stands still for good. Throws RangeError on anything else.
 */
export function standStillAt(spec: string, announce: (line: string) => void): FaultPoint {
  const [stage, count] = spec.split(':')
  const wanted = Number(count)
  if (!faultStages.some((each) => each === stage) || !Number.isInteger(wanted) || wanted < 1) {
    throw new RangeError(`Fault point ${spec}: expected <stage>:<n> with a stage of ${faultStages.join(', ')}`)
  }
  let reached = 0
  return (transactionalId, at) => {
    if (at !== stage) return undefined
    reached += 1
    if (reached !== wanted) return undefined
    announce(`fault-point ${transactionalId} ${at}`)
    return new Promise<void>(() => undefined)
  }
}
